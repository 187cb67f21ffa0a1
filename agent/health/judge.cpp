/// What a look says of space, memory, pressure, load and clock.
#include "agent/health/judge.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "agent/base/text.hpp"
#include "agent/base/units.hpp"
#include "agent/health/judge_parts.hpp"

namespace kgnode::health {
namespace {

using core::FindingKind;
using namespace std::chrono_literals;

constexpr double kSpaceWarning = 85;
constexpr double kSpaceCritical = 95;
constexpr double kMemoryLeast = 5;  // percent
// The kernel's averages of 60 s; below these a node is busy, above it people notice.
constexpr double kMemoryPressure = 10;
constexpr double kInputPressure = 40;
constexpr double kProcessorPressure = 80;
constexpr double kLoad = 2;  // runnable or waiting, per processor, for 15 minutes
constexpr auto kOomShown = 1h;
constexpr auto kJumpShown = 10min;
constexpr auto kJump = 1s;
constexpr double kErrorLeast = 10;  // packets; less is chance

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string gibibytes(std::uint64_t bytes) {
  return std::format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(1U << 30));
}

Verdict judge_space(const std::string& mount, const Result<std::optional<sys::MountSpace>>& seen) {
  Verdict verdict{.id = "health.space." + mount, .before_told = 30s};
  verdict.remedy =
      std::format("du -xh --max-depth=2 {} | sort -h | tail shows what fills it", mount);
  if (mount == "/var") verdict.remedy += "; journalctl --vacuum-size=200M; k3s crictl rmi --prune";
  if (!seen) return could_not_tell(std::move(verdict), seen.error());
  const auto& space = **seen;
  if (space.broken) {
    verdict.kind = FindingKind::gap;
    verdict.severity = Severity::critical;
    verdict.before_told = 0s;
    verdict.evidence = "answers with I/O errors, as when its disk is gone";
    verdict.remedy =
        "journalctl -k --grep 'I/O error|XFS|EXT4-fs' and kgnode storage list tell "
        "more; is the volume still attached? then kgnode reboot";
    return verdict;
  }
  const double bytes = percent(space.total - std::min(space.free, space.total), space.total);
  const double inodes =
      percent(space.inodes - std::min(space.free_inodes, space.inodes), space.inodes);
  verdict.evidence = std::format("{:.0f} % of {} and {:.0f} % of the inodes in use, {} free", bytes,
                                 gibibytes(space.total), inodes, gibibytes(space.free));
  if (space.sealed) verdict.evidence = "the image, which nobody writes to";
  const double worse = space.sealed ? 0 : std::max(bytes, inodes);
  verdict.kind = worse >= kSpaceWarning ? FindingKind::gap : FindingKind::pass;
  if (worse >= kSpaceCritical) {
    // What is written next fails: nobody is to wait for that. What hovers there stays a gap.
    verdict.severity = Severity::critical;
    verdict.before_told = 0s;
  }
  return verdict;
}

Verdict judge_memory(const Result<Memory>& memory) {
  Verdict verdict{.id = "health.memory",
                  .severity = Severity::critical,
                  .remedy = "systemd-cgtop -m and kubectl top pod -A show who has it",
                  .before_told = 30s,
                  .before_over = 60s};
  if (!memory) return could_not_tell(std::move(verdict), memory.error());
  const double left = percent(memory->available, memory->total);
  verdict.kind = left < kMemoryLeast ? FindingKind::gap : FindingKind::pass;
  verdict.evidence = std::format("{} of {} can be had ({:.1f} %)", gibibytes(memory->available),
                                 gibibytes(memory->total), left);
  return verdict;
}

struct PressureRule {
  std::string_view name;
  double limit;
  std::string_view remedy;
};
constexpr std::array kPressureRules = {
    PressureRule{"cpu", kProcessorPressure,
                 "systemd-cgtop -c and kubectl top pod -A show who computes"},
    PressureRule{"io", kInputPressure, "systemd-cgtop -i and iotop show who reads and writes"},
    PressureRule{"memory", kMemoryPressure,
                 "systemd-cgtop -m and kubectl top pod -A show who has the memory"}};

Verdict judge_pressure(const PressureRule& rule, const Readings& now) {
  Verdict verdict{.id = std::format("health.pressure.{}", rule.name),
                  .remedy = std::string(rule.remedy),
                  .before_told = 30s,
                  .before_over = 60s};
  const auto found = now.pressure.find(std::string(rule.name));
  if (found == now.pressure.end()) return could_not_tell(std::move(verdict), not_looked_at());
  if (!found->second) return could_not_tell(std::move(verdict), found->second.error());
  // Of the processor the kernel tells "full" as zero: with one runnable there is always progress.
  const bool all = rule.name != "cpu";
  const double share = all ? found->second->full.share : found->second->some.share;
  verdict.kind = share >= rule.limit ? FindingKind::gap : FindingKind::pass;
  verdict.evidence = std::format("{} waited in {:.1f} % of the last minute",
                                 all ? "everybody" : "somebody", share);
  return verdict;
}

Verdict judge_load(const Readings& now) {
  Verdict verdict{.id = "health.load",
                  .remedy = "top shows who runs, kubectl top pod -A which pods",
                  .before_told = 60s,
                  .before_over = 60s};
  if (!now.load) return could_not_tell(std::move(verdict), now.load.error());
  if (!now.processors) return could_not_tell(std::move(verdict), now.processors.error());
  const double each = now.load->fifteen / now.processors->processors;
  verdict.kind = each >= kLoad ? FindingKind::gap : FindingKind::pass;
  verdict.evidence = std::format("{:.2f} for each of {} processors over 15 minutes", each,
                                 now.processors->processors);
  return verdict;
}

Verdict judge_oom(const Readings& now, const Events& events) {
  Verdict verdict{.id = "health.oom",
                  .severity = Severity::critical,
                  .remedy = "journalctl -k --grep 'Out of memory' names what was ended"};
  if (!now.oom_kills) return could_not_tell(std::move(verdict), now.oom_kills.error());
  const bool lately = events.oom_kill && now.at - *events.oom_kill < kOomShown;
  verdict.kind = lately ? FindingKind::gap : FindingKind::pass;
  verdict.evidence = lately ? std::format("the kernel ended processes for want of memory, {} ago",
                                          ago(now.at - *events.oom_kill))
                            : "no process was ended for want of memory within the last hour";
  return verdict;
}

std::vector<Verdict> judge_clock(const Readings& now, const Events& events) {
  Verdict sync{.id = "health.clock",
               .remedy = "chronyc -N sources shows the servers; UDP 123 must get out",
               // A boot takes a moment to hear from its servers.
               .before_told = 2min,
               .before_over = 0s};
  Verdict jump{.id = "health.clock.jump",
               .kind = FindingKind::pass,
               .evidence = "no jump within the last 10 minutes",
               .remedy =
                   "journalctl -u chrony tells who set it; a machine that was "
                   "paused jumps too"};
  if (!now.clock) {
    sync.kind = FindingKind::not_applicable;
    sync.evidence = "this is a container: the clock is the host's";
  } else if (const auto& seen = *now.clock) {
    sync.kind = seen->synchronised ? FindingKind::pass : FindingKind::gap;
    sync.evidence =
        seen->synchronised
            ? std::format("set by {}, at most {} us off", seen->source,
                          std::chrono::ceil<std::chrono::microseconds>(seen->error).count())
            : "set by no time server";
  } else {
    sync = could_not_tell(std::move(sync), seen.error());
  }
  if (events.clock_jump && now.at - *events.clock_jump < kJumpShown) {
    jump.kind = FindingKind::gap;
    jump.evidence = std::format("it jumped by {:.1f} s, {} ago",
                                static_cast<double>(events.jumped_by.count()) / 1000,
                                ago(now.at - *events.clock_jump));
  }
  return {std::move(sync), std::move(jump)};
}

}  // namespace

std::string ago(std::chrono::steady_clock::duration time) {
  return kgnode::to_string(std::max(std::chrono::floor<std::chrono::seconds>(time), 1s));
}

Verdict could_not_tell(Verdict verdict, const Error& error) {
  verdict.kind = FindingKind::unknown;
  verdict.evidence = error.message();
  return verdict;
}

Events note_events(const Events& before, const Readings* was, const Readings& now) {
  Events events = before;
  events.error_share = 0;
  if (now.interface && *now.interface) events.interface = (*now.interface)->name;
  if (was == nullptr) return events;
  if (was->oom_kills && now.oom_kills && *now.oom_kills > *was->oom_kills) events.oom_kill = now.at;
  const auto jumped = std::chrono::duration_cast<std::chrono::milliseconds>((now.wall - was->wall) -
                                                                            (now.at - was->at));
  // The first setting by a time server is what one waits for after a boot.
  const bool first_set = was->clock && *was->clock && !(**was->clock).synchronised;
  if ((jumped > kJump || jumped < -kJump) && !first_set) {
    events.clock_jump = now.at;
    events.jumped_by = jumped;
  }
  if (!was->interface || !*was->interface || !now.interface || !*now.interface) return events;
  const auto& earlier = (*was->interface)->traffic;
  const auto& later = (*now.interface)->traffic;
  // Less than before: it is another interface of that name.
  if (later.errors < earlier.errors || later.packets < earlier.packets) return events;
  const auto errors = static_cast<double>(later.errors - earlier.errors);
  const auto packets = static_cast<double>(later.packets - earlier.packets);
  if (errors >= kErrorLeast) events.error_share = 100 * errors / (packets + errors);
  return events;
}

std::vector<Verdict> judge(const Expected& want, const Readings& now, const Events& events) {
  std::vector<Verdict> all;
  for (const auto& [mount, space] : now.spaces) {
    if (!space || *space) all.push_back(judge_space(mount, space));
  }
  std::ranges::move(judge_modes(now), std::back_inserter(all));
  all.push_back(judge_memory(now.memory));
  for (const auto& rule : kPressureRules) all.push_back(judge_pressure(rule, now));
  all.push_back(judge_load(now));
  all.push_back(judge_oom(now, events));
  std::ranges::move(judge_clock(now, events), std::back_inserter(all));
  std::ranges::move(judge_interface(want, now, events), std::back_inserter(all));
  all.push_back(judge_units(now));
  all.push_back(judge_kernel(now));
  std::ranges::move(judge_temperature(now), std::back_inserter(all));
  all.push_back(judge_listeners(want, now));
  return all;
}

}  // namespace kgnode::health
