/// The phase follows from the configuration and the domains; what is not known is never "hardened".
#include "agent/node_status.hpp"

#include "tests/support/catch.hpp"

using kgnode::phase_of, kgnode::PhaseReport;
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
      Row{{.has_config = false, .may_still_come = true, .trouble = "none there"},
          {},
          {"booting", "waits for cloud-init to write the configuration"}},
      Row{{.has_config = false, .trouble = "none there"}, {}, {"maintenance", "none there"}},
      Row{{.has_config = true},
          {ran(Phase::in_sync), ModuleState{}},
          {"booting", "the first run is under way"}},
      Row{{.has_config = true}, {ran(Phase::in_sync), ran(Phase::applied)}, {"hardened", ""}},
      Row{{.has_config = true},
          {ran(Phase::failed, "sshd -t refuses it")},
          {"degraded", "ssh: sshd -t refuses it"}},
      Row{{.has_config = true},
          {ran(Phase::unknown, "cannot read")},
          {"degraded", "ssh: cannot read"}},
      Row{{.has_config = true, .trouble = "node.toml does not load"},
          {ran(Phase::in_sync)},
          {"degraded", "node.toml does not load"}});
  CHECK(phase_of(row.input, row.states) == row.report);
}
