#include "agent/metrics.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/golden.hpp"

using namespace kgnode;
using namespace std::chrono_literals;

namespace {

health::Readings readings() {
  health::Readings now{.at = std::chrono::steady_clock::time_point(1000s)};
  now.spaces.emplace("/var", std::optional(sys::MountSpace{
                                 .total = 1000, .free = 250, .inodes = 100, .free_inodes = 50}));
  now.spaces.emplace("/var/lib/longhorn", std::optional<sys::MountSpace>());
  now.memory = health::Memory{4096, 1024};
  now.pressure.emplace("io", health::Pressure{{1.5, 2'500'000us}, {0.5, 500'000us}});
  now.load = health::Load{0.25, 0.5, 1.25};
  now.processors = health::ProcessorTime{.busy = 150, .idle = 850, .processors = 2};
  now.oom_kills = 3;
  now.clock = ClockSeen{.synchronised = true, .error = 1250us};
  now.interface = std::optional(
      health::Interface{.name = "eth1", .up = true, .carrier = true, .traffic = {70, 7}});
  now.failed_units = std::vector<std::string>{"a.service"};
  now.taint = 512;
  now.sensors = std::vector<health::Sensor>{{"x86_pkg_temp", 41.5, 100}, {"x86_pkg_temp", 40, {}}};
  return now;
}

Metrics everything() {
  core::ModuleState firewall{.condition = {.domain = "firewall", .phase = core::Phase::in_sync}};
  firewall.last_run = std::chrono::system_clock::time_point(1'700'000'000s);
  firewall.heals = 2;
  core::ModuleState health{.condition = {.domain = "health", .phase = core::Phase::in_sync}};
  health.condition.findings = {{"health.space./var", core::FindingKind::gap, "full", "delete"},
                               {"health.clock", core::FindingKind::unknown, "no idea", "look"},
                               {"health.memory", core::FindingKind::pass, "fine", ""}};
  return {
      .version = "1.2.3",
      .phase = "ready",
      .domains = {firewall, health},
      .readings = readings(),
      .energy = {.source = health::EnergySource::estimate,
                 .joules = 1234.5,
                 .watts = 6.25,
                 .grams = 0.5,
                 .joules_per_request = 0.125,
                 .requests = 9876},
      .bans = {.ipv4 = 5, .ipv6 = 4, .networks = 1},
      .listed = 7,
      .bans_begun = 12,
      .jails = {{"sshd", 100, 20, 3}},
      .k3s_stage = "ready",
      .snapshot = std::chrono::system_clock::time_point(1'700'000'100s),
      .certificate = std::chrono::system_clock::time_point(1'730'000'000s),
      .image = "2026.11",
      .process = Metrics::Process{.resident = 8 << 20,
                                  .processor = 1500ms,
                                  .started = std::chrono::system_clock::time_point(1'699'999'000s)},
      .drops = {{"not for this port", 3}, {"banned", 40}, {"not for this port", 4}}};
}

}  // namespace

TEST_CASE("metrics: everything, in both formats") {
  test::check_golden("health/metrics.prom",
                     render_metrics(everything(), health::Format::prometheus));
  test::check_golden("health/metrics.openmetrics",
                     render_metrics(everything(), health::Format::open_metrics));
}

TEST_CASE("metrics: what is not known has no series") {
  const auto text = render_metrics({.phase = "booting"}, health::Format::prometheus);
  CHECK(text.contains("kgnode_phase{phase=\"booting\"} 1\n"));
  CHECK(text.contains("kgnode_phase{phase=\"ready\"} 0\n"));
  for (const auto* name : {"kgnode_memory", "kgnode_energy", "snapshot", "certificate",
                           "kgnode_image", "process_", "kgnode_clock"})
    CHECK_FALSE(text.contains(name));
}
