/// K3s' program put in place: refused, cut off at each step, put back.
#include "k3s/day2/install.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"

using namespace kgnode;
using k3s::InstallStep;

namespace {

constexpr auto kHash = "abc";

struct Killed {};

struct Machine final : k3s::InstallHost {
  test::FakeFiles files;
  std::string program = "old", previous, running = "old", kill;
  bool refuses = false, starts = true, works = true, held = false;
  std::vector<std::string> said;

  void at(std::string_view call) const {
    if (kill == call) throw Killed();
  }
  Result<std::string> fetch(const std::string& /*sha256*/) override {
    if (refuses) return fail(Error::plain("another SHA-256"));
    held = true;
    at("fetch");
    return "v1.35.0+k3s1";
  }
  Result<bool> swap(const std::string& /*sha256*/) override {
    at("before swap");
    if (program != "new") previous = std::exchange(program, "new");
    at("swap");
    return true;
  }
  Result<> swap_back() override {
    if (!previous.empty()) program = std::exchange(previous, "");
    at("back");
    return {};
  }
  Result<bool> restart() override {
    if (starts) running = program;
    at("restart");
    return starts;
  }
  Result<> wait_until_ready(const std::string& version) override {
    at("ready");
    if (version.empty() || works) return {};
    return fail(Error::plain("it is not ready"));
  }
  Result<> let_others() override {
    held = false;
    return {};
  }

  Result<> run() {
    const auto record = k3s::choose_install(k3s::read_install_record(files).value(), kHash);
    if (!record) return fail(Error(record.error()));
    return k3s::carry_out(*record, *this, files,
                          [this](std::string_view line) { said.emplace_back(line); });
  }
  void run_killed() {
    CHECK_THROWS_AS((void)run(), Killed);
    kill.clear();
  }
};

}  // namespace

TEST_CASE("k3s install: the new one runs, and the one before is kept") {
  Machine machine;
  CHECK(machine.run());
  CHECK((machine.running == "new" && machine.previous == "old" && !machine.held));
  CHECK_FALSE(k3s::install_finding(machine.files));
}

TEST_CASE("k3s install: what is refused changes nothing, and is not to be finished") {
  Machine machine;
  machine.refuses = true;
  CHECK_FALSE(machine.run());
  CHECK((machine.program == "old" && machine.running == "old" && machine.files.files.empty()));
}

TEST_CASE("k3s install: killed at any step, the same command finishes") {
  for (const auto* step : {"fetch", "before swap", "swap", "restart", "ready"}) {
    CAPTURE(step);
    Machine machine;
    machine.kill = step;
    machine.run_killed();
    CHECK(machine.run());
    CHECK((machine.running == "new" && machine.previous == "old" && !machine.held));
  }
}

TEST_CASE("k3s install: one that was cut off is told of, and finished before another begins") {
  Machine machine;
  machine.kill = "restart";
  machine.run_killed();
  const auto finding = k3s::install_finding(machine.files);
  REQUIRE(finding);
  CHECK(finding->text.contains("v1.35.0+k3s1 is at the step restart"));
  const auto known = k3s::read_install_record(machine.files).value();
  CHECK_FALSE(k3s::choose_install(known, "another"));
  CHECK(k3s::choose_install(known, kHash).value() == *known);
}

TEST_CASE("k3s install: what does not get ready gives way to what was there, and that is said") {
  for (const auto* step : {"", "back"}) {
    CAPTURE(step);
    Machine machine;
    machine.works = false;
    machine.kill = step;
    if (*step != '\0') machine.run_killed();
    const auto done = machine.run();
    REQUIRE_FALSE(done);
    CHECK(done.error().message().contains("runs again: it is not ready"));
    CHECK((machine.running == "old" && !machine.held));
    const auto finding = k3s::install_finding(machine.files);
    REQUIRE(finding);
    CHECK(finding->text.contains("has the K3s before: it is not ready"));
    machine.works = true;
    CHECK(machine.run());
    CHECK(machine.running == "new");
  }
}

TEST_CASE("k3s install: a node that has not joined has nothing to wait for") {
  Machine machine;
  machine.starts = machine.works = false;
  CHECK(machine.run());
  CHECK(machine.program == "new");
}

TEST_CASE("k3s install: a damaged record is no record, and the doctor does not know") {
  Machine machine;
  machine.files.files[k3s::kInstallRecord] = "{";
  CHECK_FALSE(k3s::read_install_record(machine.files));
  CHECK(k3s::install_finding(machine.files)->kind == core::FindingKind::unknown);
}
