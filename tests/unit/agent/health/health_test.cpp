#include "agent/health/health.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_gauges.hpp"
#include "tests/support/fake_processes.hpp"
#include "tests/support/manual_timers.hpp"

using namespace kgnode;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using core::FindingKind, core::Mode, core::Phase;
using health::Health;
static_assert(core::Domain<Health>);

namespace {

/// A node in memory that is well.
struct Node {
  test::FakeFiles files;
  test::FakeGauges gauges;
  test::FakeProcesses processes;
  test::ManualClock clock;
  std::string failed;
  Health domain{files, gauges, processes, clock};
  Health::Desired want{.expected = {.address = *parse_address("10.0.0.11"), .ports = {}},
                       .mounts = {"/", "/var"},
                       .request_counter = {},
                       .grid_intensity = {}};

  Node() {
    gauges.spaces["/var"] = {.total = 100, .free = 90, .inodes = 100, .free_inodes = 90};
    gauges.interface = "eth1";
    files.files = {
        {"/proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 900 kB\n"},
        {"/proc/pressure/cpu", "some avg60=0.00 total=1\n"},
        {"/proc/pressure/io", "some avg60=0.00 total=1\n"},
        {"/proc/pressure/memory", "some avg60=0.00 total=1\n"},
        {"/proc/loadavg", "0.1 0.1 0.1 1/1 1\n"},
        {"/proc/stat", "cpu  1 1 1 1 1 1 1 1 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n"},
        {"/proc/vmstat", "oom_kill 0\n"},
        {"/proc/sys/kernel/tainted", "0\n"},
        {"/proc/1/mountinfo", "1 0 8:1 / / ro - ext4 x ro\n2 1 8:2 / /var rw - ext4 y rw\n"},
        {"/run/kgnode/time/answer",
         "C0000201,ntp.example,2,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.001,0.0001,64.0,Normal\n"},
        {"/sys/class/net/eth1/flags", "0x1003\n"},
        {"/sys/class/net/eth1/carrier", "1\n"}};
    for (const auto* name :
         {"rx_packets", "tx_packets", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped"})
      files.files[std::string("/sys/class/net/eth1/statistics/") + name] = "0\n";
    processes.answer = [this](const sys::Command&) {
      return Result<sys::Output>(sys::Output{.status = 0, .out = failed, .err = {}});
    };
  }

  core::Condition look(std::chrono::seconds later = 0s) {
    clock.steady_time += later;
    clock.wall_time += later;
    return test::reconcile(domain, want, Mode::enforce);
  }
};

core::Finding finding(const core::Condition& condition, std::string_view id) {
  const auto found = std::ranges::find(condition.findings, id, &core::Finding::id);
  return found == condition.findings.end() ? core::Finding{} : *found;
}

}  // namespace

TEST_CASE("health: a node that is well is in sync, and every check passes", "[health]") {
  Node node;
  (void)node.look();
  const auto seen = node.look(10s);
  CHECK(seen.phase == Phase::in_sync);
  CHECK(seen.steps.empty());
  for (const auto& told : seen.findings) {
    INFO(told.id << ": " << told.text);
    CHECK(told.kind == FindingKind::pass);
  }
  CHECK(node.files.writes.empty());
}

TEST_CASE("health: a gap leaves the domain in sync, so that the node is not degraded", "[health]") {
  Node node;
  node.failed = "broken.service loaded failed failed Something\n";
  const auto seen = node.look();
  CHECK(seen.phase == Phase::in_sync);
  CHECK(finding(seen, "health.units").text == "warning: failed: broken.service");
}

TEST_CASE("health: process 1 is asked each half minute at most", "[health]") {
  Node node;
  (void)node.look();
  (void)node.look(10s);
  (void)node.look(10s);
  CHECK(node.processes.calls.size() == 1);
  (void)node.look(10s);
  CHECK(node.processes.calls.size() == 2);
}

TEST_CASE("health: what cannot be read is unknown with its reason", "[health]") {
  Node node;
  node.files.files["/run/kgnode/time/answer"] = "506 Cannot talk to daemon\n";
  node.files.files["/proc/loadavg"] = "what is this\n";
  node.files.files.erase("/proc/pressure/io");
  node.processes.answer = [](const sys::Command&) {
    return Result<sys::Output>(sys::Output{.status = 1, .out = {}, .err = "no bus\n"});
  };
  const auto seen = node.look();
  CHECK(seen.phase == Phase::in_sync);
  for (const auto& [id, reason] : {std::pair{"health.clock", "is not as expected"},
                                   {"health.load", "is not as expected"},
                                   {"health.pressure.io", "there is no"},
                                   {"health.units", "no bus"}}) {
    CHECK(finding(seen, id).kind == FindingKind::unknown);
    CHECK_THAT(finding(seen, id).text, ContainsSubstring(reason));
  }
}

TEST_CASE("health: a link that goes down is told at once and taken back later", "[health]") {
  Node node;
  CHECK(finding(node.look(), "health.interface").kind == FindingKind::pass);
  node.files.files["/sys/class/net/eth1/flags"] = "0x1002\n";
  node.files.files.erase("/sys/class/net/eth1/carrier");
  const auto down = node.look(1s);
  CHECK(finding(down, "health.interface").kind == FindingKind::gap);
  CHECK(finding(down, "health.interface.errors").id.empty());
  node.gauges.interface = "";
  CHECK_THAT(finding(node.look(1s), "health.interface").text, ContainsSubstring("eth1 had it"));
  node.gauges.interface = "eth1";
  node.files.files["/sys/class/net/eth1/flags"] = "0x1003\n";
  node.files.files["/sys/class/net/eth1/carrier"] = "1\n";
  CHECK(finding(node.look(1s), "health.interface").kind == FindingKind::gap);
  CHECK(finding(node.look(30s), "health.interface").kind == FindingKind::pass);
}

TEST_CASE("health: sensors with their limit, and those that say nonsense", "[health]") {
  Node node;
  const std::string zones = "/sys/class/thermal/thermal_zone";
  node.files.files[zones + "0/temp"] = "91000\n";
  node.files.files[zones + "0/type"] = "x86_pkg_temp\n";
  node.files.files[zones + "0/trip_point_0_type"] = "passive\n";
  node.files.files[zones + "0/trip_point_0_temp"] = "80000\n";
  node.files.files[zones + "0/trip_point_1_type"] = "critical\n";
  node.files.files[zones + "0/trip_point_1_temp"] = "95000\n";
  node.files.files[zones + "1/temp"] = "-273000\n";
  node.files.files[zones + "2/temp"] = "hot\n";
  (void)node.look();
  const auto told = finding(node.look(30s), "health.temperature");
  CHECK(told.kind == FindingKind::gap);
  CHECK(told.text == "critical: x86_pkg_temp: 91 °C of 95 °C");
  CHECK(node.domain.readings()->sensors->size() == 1);
}

TEST_CASE("health: a chip has the limits of its maker, and is told once", "[health]") {
  Node node;
  const std::string chips = "/sys/class/hwmon/hwmon";
  node.files.files["/sys/class/thermal/thermal_zone0/temp"] = "40000\n";
  node.files.files["/sys/class/thermal/thermal_zone0/type"] = "acpi-tz\n";
  node.files.files[chips + "0/name"] = "acpi_tz\n";
  node.files.files[chips + "0/temp1_input"] = "40000\n";
  node.files.files[chips + "1/name"] = "nvme\n";
  node.files.files[chips + "1/temp1_input"] = "83000\n";
  node.files.files[chips + "1/temp1_label"] = "Composite\n";
  node.files.files[chips + "1/temp1_max"] = "81850\n";
  node.files.files[chips + "1/temp1_crit"] = "94850\n";
  node.files.files[chips + "1/temp2_input"] = "99000\n";
  node.files.files[chips + "1/temp2_fault"] = "1\n";
  node.files.files[chips + "1/temp3_input"] = "41000\n";
  node.files.files[chips + "1/temp3_crit"] = "0\n";
  node.files.files[chips + "1/fan1_input"] = "1200\n";
  (void)node.look();
  const auto told = finding(node.look(30s), "health.temperature");
  CHECK(told.kind == FindingKind::gap);
  CHECK(told.text == "warning: nvme Composite: 83 °C of 82 °C");
  CHECK(node.domain.readings()->sensors->size() == 3);
}

TEST_CASE("health: a file system that turns read-only is told, a root that is meant so is not",
          "[health]") {
  Node node;
  CHECK(finding(node.look(), "health.writable./").kind == FindingKind::pass);
  auto& mounts = node.files.files["/proc/1/mountinfo"];
  mounts = "1 0 8:1 / / ro - ext4 x ro\n2 1 8:2 / /var rw - ext4 y ro\n";
  const auto told = finding(node.look(10s), "health.writable./var");
  CHECK(told.kind == FindingKind::gap);
  CHECK_THAT(told.text, ContainsSubstring("critical: ext4 is read-only"));
  node.files.files["/etc/fstab"] = "a / ext4 defaults 0 1\nb /var ext4 ro 0 2\n";
  const auto all = node.look(20s);
  CHECK(finding(all, "health.writable./").kind == FindingKind::gap);
  CHECK(finding(node.look(20s), "health.writable./var").kind == FindingKind::pass);
}

TEST_CASE("health: meters of energy are read where there are some", "[health]") {
  Node node;
  const std::string zone = "/sys/class/powercap/intel-rapl:0/";
  node.files.files[zone + "name"] = "package-0\n";
  node.files.files[zone + "energy_uj"] = "1000000\n";
  node.files.files[zone + "max_energy_range_uj"] = "262143328850\n";
  node.files.files["/sys/class/powercap/intel-rapl/enabled"] = "1\n";
  (void)node.look();
  node.files.files[zone + "energy_uj"] = "101000000\n";
  CHECK(finding(node.look(10s), "health.energy").text ==
        "10.0 W now, 100 J since the agent started (measured)");
}

TEST_CASE("health: listeners that nobody asked for are named with their program", "[health]") {
  Node node;
  node.files.files["/proc/net/tcp"] =
      "   0: 00000000:1F90 00000000:0000 0A 0:0 00:0 0 0 0 4711 1\n"
      "   1: 00000000:0016 00000000:0000 0A 0:0 00:0 0 0 0 4712 1\n";
  node.gauges.owners[4711] = "nginx";
  node.want.expected.ports = {{Protocol::tcp, 22, 22}};
  (void)node.look();
  CHECK(finding(node.look(60s), "health.listeners").text ==
        "warning: nobody asked for 8080/tcp (nginx)");
}
