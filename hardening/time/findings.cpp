/// Whether the clock can be relied on, and whether the sources can.
#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "hardening/time/time.hpp"

namespace kgnode::hardening {
namespace {

using core::Finding;
using core::FindingKind;

constexpr auto kSourcesRemedy =
    "chronyc -N sources shows them: UDP 123 must get out, TCP 4460 too for those with NTS; others "
    "can be named under [time] in /etc/kgnode/node.toml";

std::optional<Finding> nothing_to_see(const Time::Observed& have) {
  if (have.container) {
    return Finding{"time.clock", FindingKind::not_applicable,
                   "this is a container: the clock is the host's", ""};
  }
  if (!have.installed) {
    return Finding{"time.clock", FindingKind::gap, "chrony is not installed",
                   "apt-get install chrony"};
  }
  if (have.clock) return std::nullopt;
  return Finding{"time.clock", FindingKind::unknown,
                 "chronyd does not say how the clock is: " + have.error,
                 "journalctl -u chrony -u kgnode-time-look tells why"};
}

void find_liars(std::vector<Finding>& found, const ClockSeen& clock) {
  for (const auto& source : clock.sources) {
    if (source.state != 'x') continue;
    found.push_back({"time.source." + source.name, FindingKind::gap,
                     std::format("{} says another time than the others do", source.name),
                     kSourcesRemedy});
  }
}

bool has_proof(const ClockSeen& clock) {
  return std::ranges::any_of(
      clock.sources, [](const TimeSource& source) { return source.has_proof && source.reached; });
}

/// A check of the benchmark that is about the file or the service.
core::Item make_item(std::string id, std::string rules, std::string title) {
  return {.id = std::move(id), .rules = std::move(rules), .title = std::move(title)};
}

void judge(core::Item& item, bool holds, std::string evidence) {
  item.kind = holds ? FindingKind::pass : FindingKind::gap;
  item.evidence = std::move(evidence);
  if (!holds) item.remedy = "kgnode plan shows what is to be done";
}

}  // namespace

std::vector<Finding> Time::findings(const Desired& want, const Observed& have) {
  if (auto nothing = nothing_to_see(have)) return {*std::move(nothing)};
  std::vector<Finding> found;
  if (const auto trouble = clock_trouble(*have.clock, kOffsetLimit); !trouble.empty())
    found.push_back({"time.clock", FindingKind::gap, trouble, kSourcesRemedy});
  find_liars(found, *have.clock);
  if (!want.nts_sources.empty() && have.clock->synchronised && !has_proof(*have.clock)) {
    found.push_back({"time.nts", FindingKind::gap,
                     "no source with authenticated answers (NTS) is reached, so the others are "
                     "believed",
                     kSourcesRemedy});
  }
  return found;
}

std::vector<core::Item> Time::items(const Desired& want, const Observed& have) {
  auto sources = make_item("time.sources", "CIS-D13 2.3.3.1, ANSSI-BP28 R71",
                           "chrony asks the servers that are configured");
  auto user = make_item("time.user", "CIS-D13 2.3.3.2", "chrony runs as a user of its own");
  auto service = make_item("time.service", "CIS-D13 2.3.3.3", "chrony is enabled and running");
  auto sync = make_item("time.clock", "CIS-D13 2.3.1.1, ANSSI-BP28 R71",
                        "the clock is set by a time server");
  const bool as_wanted = have.file == render_chrony(want);
  judge(sources, as_wanted,
        std::format("{} names {}", kFile,
                    join(want.nts_sources, ", ") +
                        (want.nts_sources.empty() || want.sources.empty() ? "" : ", ") +
                        join(want.sources, ", ")));
  judge(user, as_wanted, std::format("{} says \"user _chrony\"", kFile));
  if (!as_wanted) sources.evidence = user.evidence = std::format("{} is not as configured", kFile);
  if (const auto nothing = nothing_to_see(have)) {
    for (auto* item : {&service, &sync}) {
      item->kind = nothing->kind;
      item->evidence = nothing->text;
      item->remedy = nothing->remedy;
    }
  } else {
    judge(service, have.state == "active", std::format("{} is {}", kUnit, have.state));
    const auto trouble = clock_trouble(*have.clock, kOffsetLimit);
    judge(sync, trouble.empty(), trouble.empty() ? "set by " + have.clock->source : trouble);
    if (!trouble.empty()) sync.remedy = kSourcesRemedy;
  }
  return {std::move(sources), std::move(user), std::move(service), std::move(sync)};
}

}  // namespace kgnode::hardening
