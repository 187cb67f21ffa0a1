/// Which configuration is in force: changes, confirmations, and a death at any moment.
#include "agent/commit.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/kept_tokens.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/manual_timers.hpp"
#include "tests/unit/agent/config/documents.hpp"

using namespace std::chrono_literals;
using kgnode::Commit, kgnode::Refusal;
using kgnode::core::Condition, kgnode::core::Mode, kgnode::core::Phase;

namespace {

const Commit::Paths kPaths{"/etc/node.toml", "/var/last-good.toml", "/var/pending.json"};
constexpr std::string_view kOldName = "cp-1";
constexpr std::string_view kNewName = "cp-9";

/// A module that says which configuration it was given last.
struct Node final : kgnode::core::Module {
  std::string in_force;
  std::string fails_on;  // a node name with which the step does not work

  std::string_view name() const override { return "test"; }
  kgnode::Task<Condition> run(const kgnode::config::Config& config, Mode mode,
                              kgnode::core::StepLog&) override {
    Condition condition{.domain = "test", .phase = Phase::applied};
    if (mode == Mode::check) co_return condition;
    in_force = config.node.name;
    if (in_force == fails_on) {
      condition.phase = Phase::failed;
      condition.error = "no space left on device";
    }
    co_return condition;
  }
  std::vector<std::string> watch_paths(const kgnode::config::Config&) const override { return {}; }
};

/// One life of the agent on the files of the node.
struct Life {
  test::FakeFiles& files;
  std::string boot_id;
  kgnode::state::BootTime since_boot;
  test::ManualTimers timers{};
  test::ManualClock clock{};
  test::NoLog log{};
  Node* node = nullptr;
  kgnode::core::Reconciler reconciler{timers, clock, log, {}};
  Commit commit{
      {.files = files,
       .reconciler = reconciler,
       .timers = timers,
       .clock = clock,
       .moment = [this] { return kgnode::state::Moment{boot_id, since_boot + timers.now()}; },
       .tell = [](std::string_view) {},
       .paths = kPaths}};

  explicit Life(test::FakeFiles& on, std::string boot = "boot-1",
                kgnode::state::BootTime booted = 100s)
      : files(on), boot_id(std::move(boot)), since_boot(booted) {
    auto module = std::make_unique<Node>();
    node = module.get();
    reconciler.add(std::move(module));
    commit.take();
    timers.advance(1s);
  }

  auto apply(const std::string& text, std::optional<std::chrono::seconds> window) {
    return test::run_task(commit.apply(text, window, 1000));
  }
};

std::string text_of(std::string_view name) { return test::edited(test::sample(), "cp-1", name); }

test::FakeFiles node_files() {
  test::FakeFiles files;
  files.files[kPaths.config] = text_of(kOldName);
  return files;
}

}  // namespace

TEST_CASE("commit: a change without a window stays, and leaves no way back behind") {
  auto files = node_files();
  Life life(files);
  REQUIRE(life.apply(text_of(kNewName), std::nullopt));
  CHECK(life.node->in_force == kNewName);
  life.timers.advance(24h);
  CHECK(files.files[kPaths.config] == text_of(kNewName));
  CHECK_FALSE(files.files.contains(kPaths.pending));
}

TEST_CASE("commit: a join token that is inline goes to a file of its own, each to another") {
  auto files = node_files();
  Life life(files);
  const auto inlined = [](const std::string& token) {
    return test::edited(text_of(kNewName),
                        R"(token   = { file = "/run/kgnode/secrets/k3s-token" })",
                        std::format("token = \"{}\"", token));
  };
  const auto kept = [&files] {
    std::vector<std::string> tokens;
    for (const auto& [path, text] : files.files)
      if (path.starts_with(kgnode::kKeptTokens)) tokens.push_back(text);
    std::ranges::sort(tokens);
    return tokens;
  };
  REQUIRE(life.apply(inlined("secret-1"), std::nullopt));
  CHECK(life.node->in_force == kNewName);
  CHECK(kept() == std::vector<std::string>{"secret-1"});
  const auto before = files.files[kPaths.config];
  REQUIRE(life.apply(inlined("secret-2"), 2min));
  CHECK(kept() == std::vector<std::string>{"secret-1", "secret-2"});
  life.timers.advance(3min);
  CHECK(files.files[kPaths.config] == before);
  for (const auto& [path, text] : files.files)
    CHECK((path.starts_with(kgnode::kKeptTokens) || !text.contains("secret-")));
}

TEST_CASE("commit: what is refused keeps no token") {
  auto files = node_files();
  Life life(files);
  const auto token = test::edited(text_of(kNewName),
                                  R"({ file = "/run/kgnode/secrets/k3s-token" })", "'secret-1'");
  REQUIRE(life.apply(text_of(kNewName), 2min));
  CHECK_FALSE(life.apply(token, std::nullopt));
  CHECK(std::ranges::none_of(
      files.files, [](const auto& file) { return file.first.starts_with(kgnode::kKeptTokens); }));
}

TEST_CASE("commit: the way back is on disk before the configuration changes") {
  auto files = node_files();
  Life life(files);
  files.writes.clear();
  REQUIRE(life.apply(text_of(kNewName), 2min));
  CHECK(files.writes == std::vector<std::string>{kPaths.pending, kPaths.config, kPaths.last_good});
}

TEST_CASE("commit: without a confirmation the old configuration returns at the deadline") {
  auto files = node_files();
  Life life(files);
  REQUIRE(life.apply(text_of(kNewName), 2min));
  life.timers.advance(119s);
  CHECK(life.node->in_force == kNewName);
  life.timers.advance(1s);
  CHECK(life.node->in_force == kOldName);
  CHECK(files.files[kPaths.config] == text_of(kOldName));
  CHECK_FALSE(life.commit.deadline());
}

TEST_CASE("commit: a confirmed change stays") {
  auto files = node_files();
  Life life(files);
  REQUIRE(life.apply(text_of(kNewName), 2min));
  REQUIRE(life.commit.confirm());
  life.timers.advance(10min);
  CHECK(life.node->in_force == kNewName);
  CHECK_FALSE(life.commit.confirm());
}

TEST_CASE("commit: a step that fails brings the old configuration back at once") {
  auto files = node_files();
  Life life(files);
  life.node->fails_on = kNewName;
  const auto outcome = life.apply(text_of(kNewName), std::nullopt);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().message ==
        "test: no space left on device; the configuration before is in force again");
  CHECK(life.node->in_force == kOldName);
  CHECK(files.files[kPaths.config] == text_of(kOldName));
}

TEST_CASE("commit: what is refused changes nothing") {
  auto files = node_files();
  Life life(files);
  struct Row {
    std::string text;
    std::string part;
  };
  const auto key = R"(["ssh-ed25519)";
  auto no_keys = text_of(kNewName);
  const auto at = no_keys.find(key);
  REQUIRE(at != std::string::npos);
  no_keys.replace(at, no_keys.find(']', at) + 1 - at, "[]");
  const auto row = GENERATE_COPY(
      Row{"schema = 1\nbroken", "/etc/node.toml:2:"}, Row{no_keys, "admin.ssh_keys is empty"},
      Row{test::edited(text_of(kNewName), R"(["203.0.113.0/24"])", "[]") +
              "\n[firewall]\nvrack_ssh = false\n",
          "SSH is closed from the vRack, and admin.from is empty"});
  INFO(row.text);
  const auto before = files.files;
  const auto outcome = life.apply(row.text, 2min);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind == Refusal::Kind::invalid);
  CHECK_FALSE(outcome.error().message.contains('\n'));
  CHECK(std::ranges::any_of(outcome.error().diagnostics,
                            [&row](const kgnode::config::Diagnostic& found) {
                              return kgnode::config::to_line(found).contains(row.part);
                            }));
  CHECK(files.files == before);
  CHECK(life.node->in_force == kOldName);
}

TEST_CASE("commit: one unconfirmed change at a time") {
  auto files = node_files();
  Life life(files);
  REQUIRE(life.apply(text_of(kNewName), 2min));
  const auto second = life.apply(text_of(kOldName), 2min);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == Refusal::Kind::pending);
}

TEST_CASE("commit: a disk that takes no way back stops the change before it begins") {
  auto files = node_files();
  Life life(files);
  files.read_only.insert(kPaths.pending);
  CHECK_FALSE(life.apply(text_of(kNewName), 2min));
  CHECK(files.files[kPaths.config] == text_of(kOldName));
  CHECK(life.node->in_force == kOldName);
}

TEST_CASE(
    "commit: whatever write the agent dies after, the next life has the old or the confirmed") {
  const bool confirmed = GENERATE(false, true);
  const std::string boot = GENERATE("boot-1", "boot-2");
  auto files = node_files();
  std::vector<test::FakeFiles> deaths;
  {
    Life life(files);
    files.written = [&] {
      deaths.push_back(files);
      deaths.back().written = [] {};
    };
    REQUIRE(life.apply(text_of(kNewName), 2min));
    if (confirmed) REQUIRE(life.commit.confirm());
    files.written = [] {};
  }
  REQUIRE(deaths.size() == (confirmed ? 4 : 3));
  for (auto& left : deaths) {
    INFO("died after write " << left.writes.size() << " " << left.writes.back());
    // The next life begins after the deadline, or in another boot.
    Life next(left, boot, 300s);
    next.timers.advance(5min);
    const bool was_confirmed = confirmed && &left == &deaths.back();
    CHECK(next.node->in_force == (was_confirmed ? kNewName : kOldName));
    CHECK(left.files[kPaths.config] == text_of(next.node->in_force));
    CHECK_FALSE(left.files.contains(kPaths.pending));
  }
}

TEST_CASE("commit: a life that begins before the deadline waits for it") {
  auto files = node_files();
  {
    Life life(files);
    REQUIRE(life.apply(text_of(kNewName), 2min));
  }
  Life next(files, "boot-1", 160s);
  CHECK(next.node->in_force == kNewName);
  next.timers.advance(60s);
  CHECK(next.node->in_force == kOldName);
}

TEST_CASE("commit: a node.toml that does not load leaves in force what was") {
  auto files = node_files();
  Life life(files);
  files.files[kPaths.config] = "nonsense";
  life.commit.take();
  CHECK(life.node->in_force == kOldName);
  CHECK(life.commit.in_force().trouble.contains("1 error, beginning with /etc/node.toml:1:"));
  CHECK_FALSE(life.commit.in_force().trouble.contains('\n'));
  Life next(files);
  CHECK(next.node->in_force == kOldName);
  CHECK(next.commit.in_force().trouble.contains("the last good configuration is in force"));
}
