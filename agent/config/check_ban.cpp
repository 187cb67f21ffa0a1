/// Jails: each has a name of its own, one source and one way to tell an offence.
#include <algorithm>
#include <format>
#include <vector>

#include "agent/base/text.hpp"
#include "agent/base/units.hpp"
#include "agent/config/config.hpp"
#include "agent/config/cross_checks.hpp"
#include "agent/sys/regex.hpp"

namespace kgnode::config {
namespace {

// What the counters remember; a longer one would only grow them.
constexpr std::chrono::seconds kLongestWindow = std::chrono::days(1);
// It is counted in tenths, and those in whole seconds.
constexpr std::chrono::seconds kShortestWindow{10};

bool has(const Value& jail, std::string_view key) { return find_value(jail, key) != nullptr; }

void check_built_in(const Value& jail, const Placed<std::string>& name, Problems& problems) {
  for (const std::string_view key : {"pattern", "weight", "unit"}) {
    if (!has(jail, key)) continue;
    problems.error(find_value(jail, key)->at,
                   std::format("{} is built in and has its own {}", quote(name.value), key),
                   "leave it out, or give your jail another name");
  }
  const bool reads_journal = name.value == "sshd" || name.value == "k3s-supervisor";
  if (reads_journal && has(jail, "file")) {
    problems.error(find_value(jail, "file")->at,
                   std::format("{} reads the journal, not files", quote(name.value)),
                   "leave it out");
  }
}

void check_own(const Value& jail, const Placed<std::string>& name, Problems& problems) {
  if (!has(jail, "pattern")) {
    problems.error(name.at, std::format("jail {} has no pattern", quote(name.value)),
                   "add one, or change a built-in jail: sshd, ingress-nginx, kube-apiserver, "
                   "k3s-supervisor");
  }
  if (const auto pattern = read_text(jail, "pattern")) {
    const auto compiled = sys::Regex::compile(pattern->value);
    if (!compiled) problems.error(pattern->at, compiled.error().message());
  }
  if (has(jail, "unit") == has(jail, "file")) {
    problems.error(name.at,
                   std::format("jail {} has {}", quote(name.value),
                               has(jail, "unit") ? "a unit and a file" : "no source"),
                   "name either the unit whose journal it reads, or its log file");
  }
}

void check_times(const Value& root, const Value& jail, Problems& problems) {
  const auto window = read_one<std::chrono::seconds>(jail, "window", parse_duration);
  if (window && (window->value > kLongestWindow || window->value < kShortestWindow)) {
    problems.error(window->at,
                   std::format("{} is no window for a jail", kgnode::to_string(window->value)),
                   "choose one of 10 seconds to a day");
  }
  const auto time = read_one<std::chrono::seconds>(jail, "time", parse_duration);
  const auto longest = read_one<std::chrono::seconds>(root, "ban.longest", parse_duration);
  if (time && longest && time->value > longest->value) {
    problems.error(time->at,
                   std::format("a ban of {} is longer than ban.longest ({})",
                               kgnode::to_string(time->value), kgnode::to_string(longest->value)),
                   "raise ban.longest, or shorten this one");
  }
}

}  // namespace

void check_ban(const Value& root, Problems& problems) {
  const Value* jails = find_value(root, "ban.jails");
  if (jails == nullptr) return;
  std::vector<std::string> seen;
  for (const auto& jail : jails->items) {
    const auto name = read_text(jail, "name");
    if (!name) continue;
    if (std::ranges::contains(seen, name->value)) {
      problems.error(name->at, std::format("a second jail {}", quote(name->value)),
                     "merge the two");
    }
    seen.push_back(name->value);
    if (std::ranges::contains(kBuiltInJails, name->value)) {
      check_built_in(jail, *name, problems);
    } else if (name->value == "manual") {
      problems.error(name->at, "\"manual\" is the name of bans by hand", "choose another one");
    } else {
      check_own(jail, *name, problems);
    }
    check_times(root, jail, problems);
  }
}

}  // namespace kgnode::config
