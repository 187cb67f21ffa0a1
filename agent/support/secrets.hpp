#pragma once
/// The secrets of this node, in every form that a text may have them: as they are, escaped for
/// JSON, for a URL or for YAML, as Base64 and as hexadecimal digits.
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/secret.hpp"

namespace kgnode::support {

/// How often what was taken out, by its name.
using Counts = std::map<std::string, std::size_t>;

class Secrets {
 public:
  /// Shorter ones hide nothing, and would black out half of every text.
  static constexpr std::size_t kShortest = 4;

  /// `text` is wiped. False: it is too short, and is not looked for.
  Result<bool> add(const std::string& name, std::string& text);

  void hide(std::string& text, Counts& counts) const;
  /// The name of one that is in there as it is.
  std::optional<std::string> find_in(std::string_view text) const;

 private:
  struct Form {
    std::string name;
    sys::SecretBuffer text;
  };

  Result<> add_form(const std::string& name, std::string text);
  std::string mark(const std::string& name) const;

  std::vector<Form> forms_;  // the longest first: a token before the password in it
};

}  // namespace kgnode::support
