#pragma once
/// Why K3s does not run, from its log: which line decides, what it means, what to type. Exit codes
/// of K3s are no diagnosis: what stops it from inside ends with 0.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/patterns.hpp"
#include "k3s/diagnose/rules.hpp"

namespace kgnode::k3s {

/// `running`: it is up, and nothing has happened since. `waiting`: no fault, and not up yet.
/// `stopped`: it was told to. `unknown`: the log says nothing that the rules know.
enum class State : std::uint8_t { unknown, running, waiting, stopped, failed };
std::string_view to_string(State state);

struct Diagnosis {
  State state = State::unknown;
  std::string cause;     // the id of the rule; empty: none decides
  std::string evidence;  // the line, safe to print
  std::string meaning;
  std::string remedy;
  std::size_t count = 0;  // how often it was seen since K3s was started last
  bool operator==(const Diagnosis&) const = default;
};

class Diagnoser {
 public:
  static Result<Diagnoser> make();

  /// A line of the log, of whatever length; only those since K3s was started last count.
  void add(std::string_view line);
  Diagnosis diagnose() const;

 private:
  struct Seen {
    std::size_t count = 0;
    std::size_t last = 0;  // number of the line
    std::string line;
  };

  explicit Diagnoser(sys::Patterns patterns)
      : patterns_(std::move(patterns)), seen_(rules().size()) {}
  std::size_t innermost(const std::vector<sys::Patterns::Match>& matches) const;
  const Seen* find(std::string_view id) const;
  Diagnosis make_diagnosis(State state, std::size_t rule) const;
  std::size_t find_worst(Severity severity, std::size_t since) const;

  sys::Patterns patterns_;
  std::vector<Seen> seen_;  // one for each rule
  std::size_t lines_ = 0;
};

}  // namespace kgnode::k3s
