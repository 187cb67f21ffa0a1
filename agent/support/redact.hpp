#pragma once
/// Takes secrets out of texts: those that are known, and what looks like one. Rather too much than
/// too little; what an operator needs to see a cause is kept.
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "agent/base/result.hpp"
#include "agent/support/secrets.hpp"
#include "agent/sys/rewriter.hpp"

namespace kgnode::support {

inline constexpr std::string_view kHidden = "[redacted]";

/// Private keys as PEM, whole or cut, on lines of their own or in lines of a log.
std::size_t hide_keys(std::string& text);
/// Values whose name says that they are one: token=X, "password": "X", --token X, secret: X.
std::size_t hide_pairs(std::string& text);
/// What hide_pairs() would take out of it.
std::vector<std::string> secret_values(std::string_view text);
bool is_secret_name(std::string_view name);
/// NAME=VALUE lines of a process' environment: only values of known harmless names stay.
std::size_t hide_environment(std::string& text);

class Redactor {
 public:
  static Result<Redactor> make(Secrets secrets);

  std::string clean(std::string text);
  /// Cleans each string; what is no JSON is cleaned as text.
  std::string clean_json(std::string text);
  std::string clean_environment(std::string text);
  const Counts& counts() const { return counts_; }
  /// The last look before a text leaves: the name of a known secret that is still in it.
  std::optional<std::string> find_in(std::string_view text) const { return secrets_.find_in(text); }

 private:
  struct Shape {
    std::string name;
    sys::Rewriter rewriter;
  };

  Redactor(Secrets secrets, std::vector<Shape> shapes)
      : secrets_(std::move(secrets)), shapes_(std::move(shapes)) {}
  void clean_value(boost::json::value& value, bool is_named);
  void count(const std::string& name, std::size_t times);

  Secrets secrets_;
  std::vector<Shape> shapes_;
  Counts counts_;
};

}  // namespace kgnode::support
