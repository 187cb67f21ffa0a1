/// Each phase is noted once, in order, and not before what it builds on is there.
#include "agent/phase_times.hpp"

#include "agent/sys/boot.hpp"
#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using kgnode::add_phases, kgnode::parse_phase_times, kgnode::reached_phases, kgnode::to_text;
using kgnode::api::PhaseTime;
using kgnode::core::ModuleState, kgnode::core::Phase;
using kgnode::k3s::Stage;
using Config = kgnode::PhaseInput::Config;
using Names = std::vector<std::string_view>;

namespace {

ModuleState ran(std::string domain, Phase phase = Phase::in_sync) {
  return {.condition = {.domain = std::move(domain), .phase = phase},
          .last_run = std::chrono::system_clock::time_point(1h)};
}

ModuleState waiting(std::string domain) { return {.condition = {.domain = std::move(domain)}}; }

}  // namespace

TEST_CASE("phase times: a phase is reached when what it builds on is there") {
  struct Row {
    std::vector<ModuleState> states;
    Stage stage = Stage::absent;
    Names reached;
  };
  const auto row = GENERATE(
      Row{{waiting("ssh"), waiting("storage"), waiting("k3s")}, Stage::absent, {"booting"}},
      Row{{ran("ssh"), waiting("storage"), waiting("k3s")}, Stage::absent, {"booting", "hardened"}},
      Row{{ran("ssh"), ran("storage", Phase::failed), ran("k3s")},
          Stage::waiting,
          {"booting", "hardened"}},
      Row{{ran("ssh", Phase::unknown), ran("storage"), ran("k3s")}, Stage::ready, {"booting"}},
      Row{{ran("ssh"), ran("storage", Phase::applied), waiting("k3s")},
          Stage::absent,
          {"booting", "hardened", "storage-ready"}},
      Row{{ran("ssh"), ran("storage"), ran("k3s")},
          Stage::starting,
          {"booting", "hardened", "storage-ready", "joining"}},
      Row{{ran("ssh"), ran("storage"), ran("k3s")},
          Stage::ready,
          {"booting", "hardened", "storage-ready", "joining", "ready"}});
  CHECK(reached_phases({.config = Config::in_force, .k3s = {.stage = row.stage, .trouble = {}}},
                       row.states) == row.reached);
}

TEST_CASE("phase times: without a configuration a node is booting, whatever its domains say") {
  CHECK(reached_phases({}, {ran("ssh"), ran("storage"), ran("k3s")}) == Names{"booting"});
}

TEST_CASE("phase times: what is known stays, what is new gets the time of now") {
  const auto first = add_phases({}, Names{"booting"}, 900ms);
  CHECK(first == std::vector<PhaseTime>{{"booting", 0ms}});
  const auto later = add_phases(first, Names{"booting", "hardened"}, 2s);
  CHECK(later == std::vector<PhaseTime>{{"booting", 0ms}, {"hardened", 2s}});
  CHECK(add_phases(later, Names{"booting", "hardened"}, 5s) == later);
  CHECK(add_phases(later, Names{"booting"}, 5s) == later);
}

TEST_CASE("phase times: a restart of the agent remembers them") {
  const std::vector<PhaseTime> times{{"booting", 0ms}, {"hardened", 2143ms}};
  const auto read = parse_phase_times(to_text(times));
  REQUIRE(read);
  CHECK(*read == times);
}

TEST_CASE("phase times: a damaged file is refused") {
  const std::string text = GENERATE("", "hardened 3", "booting", "booting -1", "booting 0\nready 7",
                                    "booting 0\nbooting 0", "booting 99999999999999");
  CAPTURE(text);
  CHECK_FALSE(parse_phase_times(text));
}

TEST_CASE("phase times: the start of a process is found behind any name") {
  const std::string fields = " S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 100";
  CHECK(kgnode::sys::parse_start_ticks("1 (systemd)" + fields) == 4711);
  CHECK(kgnode::sys::parse_start_ticks("1 (a) b 1 2 (x)" + fields) == 4711);
  CHECK_FALSE(kgnode::sys::parse_start_ticks("1 (systemd) S 0 1"));
  CHECK_FALSE(kgnode::sys::parse_start_ticks(""));
}
