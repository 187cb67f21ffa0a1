/// Why K3s does not run, from its log.
#include "k3s/diagnose/diagnose.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::k3s {
namespace {

constexpr std::size_t kLineMax = 8192;
constexpr std::size_t kShownMax = 1000;
constexpr auto kNone = static_cast<std::size_t>(-1);

constexpr std::array<std::string_view, 2> kStarts{"OK_START_SERVER", "OK_START_AGENT"};
constexpr std::array<std::string_view, 3> kUps{"OK_SERVER_UP", "OK_AGENT_UP", "RESET_OK"};
// What others are wrapped in: they decide only when nothing inside them is known.
constexpr std::array<std::string_view, 9> kWrappers{
    "WRAP_FATAL",       "WRAP_SHUTDOWN", "AGENT_VALIDATE",   "AGENT_WAIT",        "ETCD_EXIT",
    "ETCD_JOIN_FAILED", "CMP_EXIT",      "NET_FLANNEL_EXIT", "TOK_VALIDATE_LATER"};

bool is_one_of(std::span<const std::string_view> ids, std::string_view id) {
  return std::ranges::contains(ids, id);
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::running:
      return "running";
    case State::waiting:
      return "waiting";
    case State::stopped:
      return "stopped";
    case State::failed:
      return "failed";
    case State::unknown:
      break;
  }
  return "unknown";
}

Result<Diagnoser> Diagnoser::make() {
  std::vector<std::string> patterns;
  for (const auto& rule : rules()) patterns.push_back(rule.pattern);
  return Diagnoser(TRY(sys::Patterns::compile(patterns)));
}

/// Errors nest outermost first, so what begins last says most.
std::size_t Diagnoser::innermost(const std::vector<sys::Patterns::Match>& matches) const {
  const auto depth = [](const sys::Patterns::Match& match) {
    const auto& rule = rules()[match.pattern];
    // "stopped" looks like any fatal line and is none.
    if (rule.id == "STOPPED") return std::pair(2, match.start);
    return std::pair(is_one_of(kWrappers, rule.id) ? 0 : 1, match.start);
  };
  return std::ranges::max_element(matches, {}, depth)->pattern;
}

void Diagnoser::add(std::string_view line) {
  ++lines_;
  const auto matches = patterns_.find(line.substr(0, kLineMax));
  if (matches.empty()) return;
  const auto rule = innermost(matches);
  if (is_one_of(kStarts, rules()[rule].id)) std::ranges::fill(seen_, Seen{});
  auto& seen = seen_[rule];
  ++seen.count;
  seen.last = lines_;
  seen.line = printable(line.substr(0, kShownMax));
  // Whatever is inside: this line ended the process.
  for (const auto& match : matches) {
    const auto& id = rules()[match.pattern].id;
    const bool ends = id == "WRAP_FATAL" || id == "WRAP_SHUTDOWN";
    if (ends && match.pattern != rule) seen_[match.pattern] = {1, lines_, {}};
  }
}

const Diagnoser::Seen* Diagnoser::find(std::string_view id) const {
  const auto place = std::ranges::find(rules(), id, &Rule::id);
  return place == rules().end() ? nullptr
                                : &seen_[static_cast<std::size_t>(place - rules().begin())];
}

Diagnosis Diagnoser::make_diagnosis(State state, std::size_t rule) const {
  if (rule == kNone) return {.state = state};
  const auto& known = rules()[rule];
  return {.state = state,
          .cause = known.id,
          .evidence = seen_[rule].line,
          .meaning = known.meaning,
          .remedy = known.remedy,
          .count = seen_[rule].count};
}

/// The most frequent one of this severity, and of two the one that was seen last.
std::size_t Diagnoser::find_worst(Severity severity, std::size_t since) const {
  std::size_t worst = kNone;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (rules()[i].severity != severity || seen_[i].count == 0 || seen_[i].last <= since ||
        seen_[i].line.empty())
      continue;
    const auto rank = [this](std::size_t rule) {
      return std::tuple(!is_one_of(kWrappers, rules()[rule].id), seen_[rule].count,
                        seen_[rule].last);
    };
    if (worst == kNone || rank(i) > rank(worst)) worst = i;
  }
  return worst;
}

Diagnosis Diagnoser::diagnose() const {
  std::size_t up = 0;
  std::size_t up_rule = kNone;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    if (!is_one_of(kUps, rules()[i].id) || seen_[i].last <= up) continue;
    up = seen_[i].last;
    up_rule = i;
  }
  // What ended the process: the rule whose line came last among those that end it, one that only
  // wraps another after all that say what it was.
  std::size_t ended = 0;
  for (const auto* id : {"WRAP_FATAL", "WRAP_SHUTDOWN"}) {
    if (const auto* seen = find(id); seen != nullptr) ended = std::max(ended, seen->last);
  }
  std::size_t last_fatal = kNone;
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    const bool decides = rules()[i].severity == Severity::fatal || seen_[i].last == ended;
    if (!decides || seen_[i].count == 0 || seen_[i].line.empty() || seen_[i].last <= up) continue;
    const auto rank = [this](std::size_t rule) {
      return std::pair(!is_one_of(kWrappers, rules()[rule].id), seen_[rule].last);
    };
    if (last_fatal == kNone || rank(i) > rank(last_fatal)) last_fatal = i;
  }
  const auto* stopped = find("STOPPED");
  if (last_fatal != kNone && rules()[last_fatal].severity != Severity::ok)
    return make_diagnosis(State::failed, last_fatal);
  if (stopped != nullptr && stopped->count > 0 && stopped->last > up)
    return {.state = State::stopped, .cause = "STOPPED", .evidence = stopped->line};
  if (const auto error = find_worst(Severity::error, up); error != kNone)
    return make_diagnosis(State::failed, error);
  if (up_rule != kNone) return make_diagnosis(State::running, up_rule);
  for (const auto severity : {Severity::warn, Severity::info, Severity::ok}) {
    if (const auto found = find_worst(severity, 0); found != kNone)
      return make_diagnosis(State::waiting, found);
  }
  return {};
}

}  // namespace kgnode::k3s
