/// The phase follows from the configuration and the domains; what is not known is never "hardened".
#include "agent/node_status.hpp"

#include "tests/support/catch.hpp"

using kgnode::kCloudInitWait, kgnode::phase_of, kgnode::PhaseReport;
using Config = kgnode::PhaseInput::Config;
using kgnode::core::ModuleState, kgnode::core::Phase;

namespace {

ModuleState ran(Phase phase, std::string error = {}) {
  return {.condition = {.domain = "ssh", .phase = phase, .error = std::move(error)},
          .last_run = std::chrono::system_clock::time_point(std::chrono::hours(1))};
}

}  // namespace

TEST_CASE("phase: each state of the parts has one answer") {
  struct Row {
    kgnode::PhaseInput input;
    std::vector<ModuleState> states;
    PhaseReport report;
  };
  const auto row = GENERATE(
      Row{{.trouble = "none there"}, {}, {"maintenance", "none there"}},
      Row{{.first_boot = "user_data: is a script", .trouble = "none there"},
          {},
          {"maintenance", "first boot: user_data: is a script; none there"}},
      Row{{.config = Config::broken, .cloud_init = {.rules = true}, .trouble = "node.toml:1:1: x"},
          {},
          {"maintenance", "node.toml:1:1: x"}},
      Row{{.config = Config::in_force},
          {ran(Phase::in_sync), ModuleState{}},
          {"booting", "the first run is under way"}},
      Row{{.config = Config::in_force},
          {ran(Phase::in_sync), ran(Phase::applied)},
          {"hardened", ""}},
      Row{{.config = Config::in_force},
          {ran(Phase::failed, "sshd -t refuses it")},
          {"degraded", "ssh: sshd -t refuses it"}},
      Row{{.config = Config::in_force},
          {ran(Phase::unknown, "cannot read")},
          {"degraded", "ssh: cannot read"}},
      Row{{.config = Config::in_force, .trouble = "node.toml does not load"},
          {ran(Phase::in_sync)},
          {"degraded", "node.toml does not load"}});
  CHECK(phase_of(row.input, row.states) == row.report);
}

TEST_CASE("phase: cloud-init is waited for until it has ended or its time is over") {
  using std::chrono::seconds;
  const auto phase = [](kgnode::CloudInit cloud_init) {
    return phase_of({.cloud_init = cloud_init, .trouble = "none there"}, {});
  };
  CHECK(phase({.rules = true, .waited = kCloudInitWait - seconds(1)}) ==
        PhaseReport{"booting", "waits for cloud-init to write the configuration, 120s at most"});
  const auto late = phase({.rules = true, .waited = kCloudInitWait});
  CHECK(late.phase == "maintenance");
  CHECK(late.reason.starts_with("cloud-init wrote no configuration within 120s"));
  CHECK(late.reason.ends_with("; none there"));
  const auto ended = phase({.rules = true, .ended = true});
  CHECK(ended.phase == "maintenance");
  CHECK(ended.reason.starts_with("cloud-init has ended and wrote no configuration"));
  CHECK(ended.reason.ends_with("; none there"));
}
