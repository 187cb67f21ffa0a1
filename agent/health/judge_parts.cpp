/// What a look says of the interface, units, kernel, sensors and listeners.
#include "agent/health/judge_parts.hpp"

#include <algorithm>
#include <format>
#include <limits>

#include "agent/base/text.hpp"
#include "agent/health/parse_proc.hpp"

namespace kgnode::health {
namespace {

using core::FindingKind;
using namespace std::chrono_literals;

constexpr double kErrorShare = 1;  // percent of the packets
constexpr double kTooHot = 95;     // where the sensor names no limit of its own
constexpr double kNearLimit = 5;   // below the limit at which the machine turns itself off
constexpr std::size_t kNamed = 5;

/// The first few, and how many more there are.
std::string name_some(const std::vector<std::string>& names) {
  const auto shown = std::min(names.size(), kNamed);
  auto text = join(std::span(names).first(shown), ", ");
  if (names.size() > shown) text += std::format(" and {} more", names.size() - shown);
  return text;
}

std::string tell_listener(const Listener& listener) {
  return std::format("{} ({})", to_string(listener.port),
                     listener.process.empty() ? "program unknown" : printable(listener.process));
}

/// Degrees left until the machine may turn itself off.
double until_off(const Sensor& sensor) {
  if (sensor.critical) return *sensor.critical - kNearLimit - sensor.celsius;
  // With a maker's limit alone the sensor is of something that is throttled, or wears.
  return sensor.high ? std::numeric_limits<double>::infinity() : kTooHot - sensor.celsius;
}

double left_until(const Sensor& sensor) {
  const auto off = until_off(sensor);
  return sensor.high ? std::min(off, *sensor.high - sensor.celsius) : off;
}

}  // namespace

std::vector<Verdict> judge_interface(const Expected& want, const Readings& now,
                                     const Events& events) {
  Verdict link{
      .id = "health.interface",
      .severity = Severity::critical,
      .remedy = "networkctl status and ip addr show it; is the instance still in the vRack?",
      .before_told = 0s,
      .before_over = 30s};  // longer than between two scrapes
  Verdict errors{.id = "health.interface.errors",
                 .remedy = "ip -statistics link show tells which; a full receive queue drops too",
                 .before_told = 60s,
                 .before_over = 60s,
                 .depends_on = link.id};
  if (!now.interface) return {could_not_tell(std::move(link), now.interface.error())};
  link.kind = FindingKind::gap;
  if (!*now.interface) {
    link.evidence = std::format("no interface has {}", to_string(want.address));
    if (!events.interface.empty()) link.evidence += std::format("; {} had it", events.interface);
    return {std::move(link)};
  }
  const auto& seen = **now.interface;
  const auto* state = !seen.up ? "down" : seen.carrier ? "up" : "up, without a carrier";
  link.evidence = std::format("{} has {} and is {}", seen.name, to_string(want.address), state);
  if (seen.up && seen.carrier) link.kind = FindingKind::pass;
  errors.kind = events.error_share > kErrorShare ? FindingKind::gap : FindingKind::pass;
  errors.evidence = std::format("{:.1f} % of the packets of {} had errors or were dropped",
                                events.error_share, seen.name);
  return {std::move(link), std::move(errors)};
}

Verdict judge_units(const Readings& now) {
  Verdict verdict{.id = "health.units",
                  .remedy =
                      "systemctl status UNIT tells why; systemctl reset-failed UNIT when it is "
                      "settled"};
  if (!now.failed_units) return could_not_tell(std::move(verdict), now.failed_units.error());
  const auto& failed = *now.failed_units;
  verdict.kind = failed.empty() ? FindingKind::pass : FindingKind::gap;
  verdict.evidence = failed.empty() ? "no unit has failed" : "failed: " + name_some(failed);
  return verdict;
}

Verdict judge_kernel(const Readings& now) {
  Verdict verdict{.id = "health.kernel",
                  .severity = Severity::critical,
                  .remedy = "journalctl -k --priority=warning shows it; then kgnode reboot"};
  if (!now.taint) return could_not_tell(std::move(verdict), now.taint.error());
  const auto taints = decode_taint(*now.taint);
  std::vector<std::string> meanings;
  for (const auto& taint : taints) meanings.emplace_back(taint.meaning);
  const bool serious = std::ranges::any_of(taints, &Taint::serious);
  verdict.kind = serious ? FindingKind::gap : FindingKind::pass;
  verdict.evidence = taints.empty() ? "not tainted" : "tainted: " + join(meanings, ", ");
  return verdict;
}

std::vector<Verdict> judge_temperature(const Readings& now) {
  Verdict verdict{.id = "health.temperature",
                  .severity = Severity::critical,
                  .remedy = "tell the provider; a fan or the cooling has failed",
                  .before_told = 30s,
                  .before_over = 60s};
  if (!now.sensors) return {could_not_tell(std::move(verdict), now.sensors.error())};
  if (now.sensors->empty()) return {};
  const auto& nearest = *std::ranges::min_element(*now.sensors, {}, left_until);
  verdict.kind = left_until(nearest) <= 0 ? FindingKind::gap : FindingKind::pass;
  if (until_off(nearest) > 0) verdict.severity = Severity::warning;
  const auto limit = until_off(nearest) > 0 && nearest.high ? nearest.high : nearest.critical;
  verdict.evidence = std::format("{}: {:.0f} °C", nearest.name, nearest.celsius);
  if (limit) verdict.evidence += std::format(" of {:.0f} °C", *limit);
  return {std::move(verdict)};
}

std::vector<Verdict> judge_modes(const Readings& now) {
  const auto verdict_of = [](const std::string& mount) {
    return Verdict{.id = "health.writable." + mount,
                   .severity = Severity::critical,
                   .remedy = std::format("journalctl -k --grep 'I/O error|EXT4-fs|XFS' tells why; "
                                         "save what is on {}, then kgnode reboot, which checks it",
                                         mount),
                   .before_told = 0s,
                   .before_over = 0s};
  };
  if (!now.modes) return {could_not_tell(verdict_of("/"), now.modes.error())};
  std::vector<Verdict> all;
  for (const auto& [mount, mode] : *now.modes) {
    auto verdict = verdict_of(mount);
    verdict.kind = mode.read_only && !mode.meant ? FindingKind::gap : FindingKind::pass;
    verdict.evidence = !mode.read_only ? std::format("{}, mounted for writing", mode.type)
                       : mode.meant ? std::format("{}, read-only as it is meant to be", mode.type)
                                    : std::format(
                                          "{} is read-only: the kernel makes it so "
                                          "after an error of its disk",
                                          mode.type);
    all.push_back(std::move(verdict));
  }
  return all;
}

Verdict judge_listeners(const Expected& want, const Readings& now) {
  Verdict verdict{.id = "health.listeners",
                  .remedy =
                      "ss -tulpn names the program: end it, have it listen on 127.0.0.1, or "
                      "open its port under [[firewall.allow]]",
                  .before_told = 60s,
                  .before_over = 60s};
  if (!now.listeners) return could_not_tell(std::move(verdict), now.listeners.error());
  std::vector<std::string> strangers;
  for (const auto& listener : *now.listeners) {
    const bool expected = std::ranges::any_of(want.ports, [&listener](const PortRange& range) {
      return range.protocol == listener.port.protocol && range.first <= listener.port.first &&
             listener.port.first <= range.last;
    });
    if (!expected) strangers.push_back(tell_listener(listener));
  }
  verdict.kind = strangers.empty() ? FindingKind::pass : FindingKind::gap;
  verdict.evidence = strangers.empty() ? "nothing listens for others but what belongs to the node"
                                       : "nobody asked for " + name_some(strangers);
  return verdict;
}

}  // namespace kgnode::health
