#include "agent/health/judge.hpp"

#include <functional>

#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace kgnode::health;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using enum core::FindingKind;

namespace {

const Expected kWant{.address = *parse_address("10.0.0.11"), .ports = {{Protocol::tcp, 22, 22}}};

sys::MountSpace space_used(unsigned percent, unsigned inodes = 1) {
  return {.total = 100, .free = 100 - percent, .inodes = 100, .free_inodes = 100 - inodes};
}

Readings well() {
  Readings now{.at = std::chrono::steady_clock::time_point(1000s)};
  now.spaces.emplace("/var", std::optional(space_used(10)));
  now.memory = Memory{1000, 900};
  for (const auto* name : {"cpu", "io", "memory"}) now.pressure.emplace(name, Pressure{});
  now.load = Load{};
  now.processors = ProcessorTime{.processors = 2};
  now.oom_kills = 0;
  now.clock = ClockSeen{.synchronised = true, .source = "ntp.example"};
  now.interface = std::optional(Interface{.name = "eth1", .up = true, .carrier = true});
  now.failed_units = std::vector<std::string>{};
  now.taint = 0;
  now.sensors = std::vector<Sensor>{{.name = "x86_pkg_temp", .celsius = 40}};
  now.listeners = std::vector<Listener>{{{Protocol::tcp, 22, 22}, ""}};
  now.modes = std::map<std::string, MountMode>{{"/", {"erofs", true, true}}, {"/var", {"ext4"}}};
  return now;
}

const Verdict* find(const std::vector<Verdict>& all, std::string_view id) {
  const auto found = std::ranges::find(all, id, &Verdict::id);
  return found == all.end() ? nullptr : &*found;
}

struct Break {
  std::string id;
  std::string evidence;  // a part of it
  std::function<void(Readings&, Events&)> make;
  Severity severity = Severity::warning;
};

const std::vector<Break> kBreaks = {
    {"health.space./var", "85 % of",
     [](auto& now, auto&) { now.spaces.at("/var") = std::optional(space_used(85)); }},
    {"health.space./var", "95 % of",
     [](auto& now, auto&) { now.spaces.at("/var") = std::optional(space_used(95)); },
     Severity::critical},
    {"health.space./var", "99 % of the inodes",
     [](auto& now, auto&) { now.spaces.at("/var") = std::optional(space_used(1, 99)); },
     Severity::critical},
    {"health.space./var", "I/O errors",
     [](auto& now, auto&) {
       now.spaces.at("/var") = std::optional(sys::MountSpace{.broken = true});
     },
     Severity::critical},
    {"health.writable./var", "ext4 is read-only",
     [](auto& now, auto&) { now.modes->at("/var").read_only = true; }, Severity::critical},
    {"health.memory", "(4.9 %)", [](auto& now, auto&) { now.memory = Memory{1000, 49}; },
     Severity::critical},
    {"health.pressure.memory", "10.0 %",
     [](auto& now, auto&) { now.pressure.at("memory") = Pressure{{}, {10, {}}}; }},
    {"health.pressure.io", "41.0 %",
     [](auto& now, auto&) { now.pressure.at("io") = Pressure{{}, {41, {}}}; }},
    {"health.pressure.cpu", "80.0 %",
     [](auto& now, auto&) { now.pressure.at("cpu") = Pressure{{80, {}}, {}}; }},
    {"health.load", "2.00 for each of 2", [](auto& now, auto&) { now.load = Load{0, 0, 4}; }},
    {"health.oom", "59m", [](auto& now, auto& events) { events.oom_kill = now.at - 59min; },
     Severity::critical},
    {"health.clock", "no time server", [](auto& now, auto&) { now.clock = ClockSeen{}; }},
    {"health.clock.jump", "by -2.5 s, 1m ago",
     [](auto& now, auto& events) {
       events.clock_jump = now.at - 60s;
       events.jumped_by = -2500ms;
     }},
    {"health.interface", "no interface has 10.0.0.11; eth1 had it",
     [](auto& now, auto& events) {
       now.interface = std::optional<Interface>();
       events.interface = "eth1";
     },
     Severity::critical},
    {"health.interface", "is down", [](auto& now, auto&) { (*now.interface)->up = false; },
     Severity::critical},
    {"health.interface", "without a carrier",
     [](auto& now, auto&) { (*now.interface)->carrier = false; }, Severity::critical},
    {"health.interface.errors", "2.0 %", [](auto&, auto& events) { events.error_share = 2; }},
    {"health.units", "failed: a.service",
     [](auto& now, auto&) { now.failed_units = std::vector<std::string>{"a.service"}; }},
    {"health.kernel", "an oops", [](auto& now, auto&) { now.taint = 128; }, Severity::critical},
    {"health.temperature", "x86_pkg_temp: 95 °C",
     [](auto& now, auto&) { now.sensors->front().celsius = 95; }, Severity::critical},
    {"health.temperature", "76 °C of 80 °C",
     [](auto& now, auto&) { now.sensors->front() = {"x86_pkg_temp", 76, 80}; }, Severity::critical},
    {"health.temperature", "nvme Composite: 82 °C of 82 °C",
     [](auto& now, auto&) { now.sensors->push_back({"nvme Composite", 82, 90, 82}); }},
    {"health.temperature", "nvme Composite: 85 °C of 90 °C",
     [](auto& now, auto&) { now.sensors->push_back({"nvme Composite", 85, 90, 82}); },
     Severity::critical},
    {"health.temperature", "jc42: 60 °C of 55 °C",
     [](auto& now, auto&) { now.sensors->push_back({"jc42", 60, {}, 55}); }},
    {"health.listeners", "8080/tcp (nginx), 53/udp (program unknown)",
     [](auto& now, auto&) {
       now.listeners = std::vector<Listener>{{{Protocol::tcp, 8080, 8080}, "nginx"},
                                             {{Protocol::udp, 53, 53}, ""}};
     }},
};

}  // namespace

TEST_CASE("health judge: a node that is well passes every check", "[health]") {
  for (const auto& verdict : judge(kWant, well(), {})) {
    INFO(verdict.id << ": " << verdict.evidence);
    CHECK(verdict.kind == pass);
    CHECK_FALSE(verdict.evidence.empty());
    CHECK_FALSE(verdict.remedy.empty());
  }
}

TEST_CASE("health judge: each check finds its gap, and no other does", "[health]") {
  for (const auto& broken : kBreaks) {
    auto now = well();
    Events events;
    broken.make(now, events);
    const auto all = judge(kWant, now, events);
    INFO(broken.id << ": " << broken.evidence);
    const auto* found = find(all, broken.id);
    REQUIRE(found != nullptr);
    CHECK(found->kind == gap);
    CHECK(found->severity == broken.severity);
    CHECK_THAT(found->evidence, ContainsSubstring(broken.evidence));
    CHECK(std::ranges::count(all, gap, &Verdict::kind) == 1);
  }
}

TEST_CASE("health judge: what cannot be read is unknown and says why", "[health]") {
  const auto all = judge(kWant, Readings{}, {});
  for (const auto& verdict : all) {
    INFO(verdict.id);
    if (verdict.id == "health.clock.jump") continue;  // of two clocks that can always be read
    CHECK(verdict.kind == unknown);
    CHECK(verdict.evidence == "not looked at yet");
    CHECK_FALSE(verdict.remedy.empty());
  }
  CHECK(all.size() >= 12);
}

TEST_CASE("health judge: an image that is full by nature is no gap", "[health]") {
  auto now = well();
  auto full = space_used(100);
  full.sealed = true;
  now.spaces.emplace("/", std::optional(full));
  now.spaces.emplace("/var/lib/longhorn", std::optional<sys::MountSpace>());
  const auto all = judge(kWant, now, {});
  CHECK(find(all, "health.space./")->kind == pass);
  CHECK(find(all, "health.space./var/lib/longhorn") == nullptr);
}

TEST_CASE("health judge: no sensor, no check of one", "[health]") {
  auto now = well();
  now.sensors = std::vector<Sensor>{};
  CHECK(find(judge(kWant, now, {}), "health.temperature") == nullptr);
}

TEST_CASE("health events: an OOM kill counts when it comes while we look", "[health]") {
  auto was = well();
  was.oom_kills = 7;
  CHECK_FALSE(note_events({}, nullptr, was).oom_kill);
  auto now = was;
  now.at += 10s;
  now.wall += 10s;
  CHECK_FALSE(note_events({}, &was, now).oom_kill);
  now.oom_kills = 8;
  CHECK(note_events({}, &was, now).oom_kill == now.at);
}

TEST_CASE("health events: a jump of the clock, but not its first setting", "[health]") {
  auto was = well();
  auto now = was;
  now.at += 10s;
  now.wall += 10s;
  CHECK_FALSE(note_events({}, &was, now).clock_jump);
  now.wall -= 5s;
  const auto jumped = note_events({}, &was, now);
  CHECK(jumped.clock_jump == now.at);
  CHECK(jumped.jumped_by == -5s);
  was.clock = ClockSeen{};
  CHECK_FALSE(note_events({}, &was, now).clock_jump);
}

TEST_CASE("health events: errors of the interface as a share of its packets", "[health]") {
  const auto was = well();
  auto now = was;
  (*now.interface)->traffic = {.packets = 90, .errors = 10};
  CHECK(note_events({}, &was, now).error_share == 10);
  (*now.interface)->traffic.errors = 9;  // too few to tell
  CHECK(note_events({}, &was, now).error_share == 0);
  CHECK(note_events({}, &now, was).error_share == 0);  // another interface of that name
}

TEST_CASE("health judge: in a container nothing is said of the clock, least of all a pass",
          "[health]") {
  auto now = well();
  now.clock = std::nullopt;
  const auto verdicts = judge({}, now, {});
  const auto clock = std::ranges::find(verdicts, "health.clock", &Verdict::id);
  REQUIRE(clock != verdicts.end());
  CHECK(clock->kind == core::FindingKind::not_applicable);
}
