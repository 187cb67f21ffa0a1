/// The reconciler: when modules run, in which order, and what happens after trouble.
#include "agent/core/reconciler.hpp"

#include <memory>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/manual_timers.hpp"

using namespace std::chrono_literals;
using kgnode::core::Condition, kgnode::core::Mode, kgnode::core::Phase;

namespace {

struct Script {
  std::vector<std::string> runs;
  Phase outcome = Phase::in_sync;
};

class ScriptedModule final : public kgnode::core::Module {
 public:
  ScriptedModule(std::string name, Script& script) : name_(std::move(name)), script_(script) {}
  std::string_view name() const override { return name_; }
  kgnode::Task<Condition> run(const kgnode::config::Config&, Mode mode,
                              kgnode::core::StepLog&) override {
    script_.runs.push_back(name_ + (mode == Mode::check ? "?" : "!"));
    Condition condition{.domain = name_, .phase = script_.outcome};
    if (script_.outcome == Phase::applied) condition.steps.push_back({.text = "heal"});
    co_return condition;
  }
  std::vector<std::string> watch_paths(const kgnode::config::Config&) const override {
    return {"/etc/" + name_};
  }

 private:
  std::string name_;
  Script& script_;
};

struct Rig {
  test::ManualTimers timers;
  test::ManualClock clock;
  test::NoLog log;
  Script script;
  kgnode::core::Reconciler reconciler{timers, clock, log, {}};
  kgnode::core::ConfigPtr config = std::make_shared<kgnode::config::Config>();

  Rig() {
    reconciler.add(std::make_unique<ScriptedModule>("a", script));
    reconciler.add(std::make_unique<ScriptedModule>("b", script));
    reconciler.start([](std::string_view) {});
  }
};

using Runs = std::vector<std::string>;

}  // namespace

TEST_CASE("reconciler: without a configuration nothing runs") {
  Rig rig;
  rig.timers.advance(1h);
  CHECK(rig.script.runs.empty());
  CHECK(rig.reconciler.states()[0].condition.phase == Phase::unknown);
}

TEST_CASE("reconciler: a burst of triggers is one run of each module, in order") {
  Rig rig;
  rig.reconciler.want(rig.config);
  rig.reconciler.mark_dirty("b");
  rig.reconciler.mark_dirty("a");
  CHECK(rig.script.runs.empty());
  rig.timers.advance(100ms);
  CHECK(rig.script.runs == Runs{"a!", "b!"});
}

TEST_CASE("reconciler: a trigger runs its module only, within a second") {
  Rig rig;
  rig.reconciler.want(rig.config);
  rig.timers.advance(1s);
  rig.script.runs.clear();
  rig.reconciler.mark_dirty("b");
  rig.timers.advance(999ms);
  CHECK(rig.script.runs == Runs{"b!"});
}

TEST_CASE("reconciler: everything is looked at again every five minutes") {
  Rig rig;
  rig.reconciler.want(rig.config);
  rig.timers.advance(1s);
  rig.script.runs.clear();
  rig.timers.advance(5min);
  CHECK(rig.script.runs == Runs{"a!", "b!"});
}

TEST_CASE("reconciler: a failing module is tried again later and later, success ends that") {
  Rig rig;
  rig.script.outcome = Phase::failed;
  rig.reconciler.want(rig.config);
  rig.timers.advance(100ms);
  CHECK(rig.script.runs.size() == 2);
  rig.timers.advance(1100ms);
  CHECK(rig.script.runs.size() == 4);
  rig.timers.advance(1100ms);
  CHECK(rig.script.runs.size() == 4);
  rig.timers.advance(1000ms);
  CHECK(rig.script.runs.size() == 6);
  rig.script.outcome = Phase::in_sync;
  rig.timers.advance(4200ms);
  CHECK(rig.script.runs.size() == 8);
  rig.timers.advance(1min);
  CHECK(rig.script.runs.size() == 8);
}

TEST_CASE("reconciler: steps without a new configuration count as healed drift") {
  Rig rig;
  rig.script.outcome = Phase::applied;
  rig.reconciler.want(rig.config);
  rig.timers.advance(1s);
  CHECK(rig.reconciler.states()[0].heals == 0);
  rig.reconciler.mark_dirty("a");
  rig.timers.advance(1s);
  CHECK(rig.reconciler.states()[0].heals == 1);
}

TEST_CASE("reconciler: a configuration that took several tries is not healed drift") {
  Rig rig;
  rig.script.outcome = Phase::failed;
  rig.reconciler.want(rig.config);
  rig.timers.advance(1s);
  rig.script.outcome = Phase::applied;
  rig.timers.advance(10s);
  CHECK(rig.reconciler.states()[0].condition.phase == Phase::applied);
  CHECK(rig.reconciler.states()[0].heals == 0);
}

TEST_CASE("reconciler: a check plans for another configuration and changes nothing") {
  Rig rig;
  const auto conditions = test::run_task(rig.reconciler.check(rig.config));
  CHECK(rig.script.runs == Runs{"a?", "b?"});
  CHECK(conditions.size() == 2);
  rig.timers.advance(1h);
  CHECK(rig.script.runs.size() == 2);
}

TEST_CASE("reconciler: enforce makes the configuration the wanted one") {
  Rig rig;
  rig.script.outcome = Phase::applied;
  const auto conditions = test::run_task(rig.reconciler.enforce(rig.config));
  CHECK(rig.script.runs == Runs{"a!", "b!"});
  CHECK(conditions[1].phase == Phase::applied);
  using Paths = std::vector<std::pair<std::string, std::vector<std::string>>>;
  CHECK(rig.reconciler.watch_paths() == Paths{{"a", {"/etc/a"}}, {"b", {"/etc/b"}}});
}
