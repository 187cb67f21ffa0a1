/// One run of a domain: what it reports, and that it believes its eyes and not its steps.
#include "agent/core/reconcile.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"

using kgnode::Error, kgnode::Result, kgnode::Task, kgnode::fail;
using kgnode::core::Finding, kgnode::core::Mode, kgnode::core::Phase;

namespace {

/// A value that is to be 1; `sticks` says whether writing it has any effect.
struct Value {
  static constexpr std::string_view kName = "value";
  using Desired = int;
  using Observed = int;
  using Step = int;

  static Desired desired(const kgnode::config::Config&) { return 1; }
  /// One at a time: the next step is seen when the one before it is done.
  static std::vector<Step> plan(const Desired& want, const Observed& have) {
    return have >= want ? std::vector<Step>{} : std::vector<Step>{have + 1};
  }
  static std::vector<Finding> findings(const Desired&, const Observed& have) {
    return {{.id = "value.seen", .text = std::to_string(have)}};
  }
  static kgnode::core::StepView view(const Step& step) {
    return {.text = "set value " + std::to_string(step)};
  }
  static std::vector<std::string> watch_paths(const Desired&) { return {}; }

  Task<Result<Observed>> observe(const Desired&) {
    ++looks;
    if (looks > sees) co_return fail(Error::plain("cannot be read"));
    co_return value;
  }
  Task<Result<>> apply(const Step& step) {
    if (sticks) value = step;
    co_return Result<>{};
  }

  int value = 0;
  bool sticks = true;
  int sees = 9;  // looks that work
  int looks = 0;
};

}  // namespace

TEST_CASE("reconcile: what is reported after a step was seen after it", "[core]") {
  Value domain;
  const auto report = test::reconcile(domain, 1, Mode::enforce);
  CHECK(report.phase == Phase::applied);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].text == "1");
  CHECK(report.steps.size() == 1);
  test::check_laws(*std::make_unique<Value>(), 1);
}

TEST_CASE("reconcile: a step that works and does not hold has failed", "[core]") {
  Value domain{.sticks = false};
  const auto report = test::reconcile(domain, 1, Mode::enforce);
  CHECK(report.phase == Phase::failed);
  CHECK(report.error == "set value 1: had to be done again after it was done");
}

TEST_CASE("reconcile: what a step made possible is done in the same run, within limits", "[core]") {
  Value domain;
  const auto report = test::reconcile(domain, 2, Mode::enforce);
  CHECK(report.phase == Phase::applied);
  CHECK(report.steps.size() == 2);
  Value endless;
  CHECK(test::reconcile(endless, 9, Mode::enforce).phase == Phase::failed);
}

TEST_CASE("reconcile: what cannot be seen is unknown, also after the steps", "[core]") {
  Value domain{.sees = GENERATE(0, 1)};
  const auto report = test::reconcile(domain, 1, Mode::enforce);
  CHECK(report.phase == Phase::unknown);
  CHECK(report.error == "cannot be read");
}

TEST_CASE("reconcile: a check looks once and changes nothing", "[core]") {
  Value domain;
  CHECK(test::reconcile(domain, 1, Mode::check).phase == Phase::pending);
  CHECK(domain.looks == 1);
  CHECK(domain.value == 0);
}
