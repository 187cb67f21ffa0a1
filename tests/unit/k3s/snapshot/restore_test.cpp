#include "k3s/snapshot/restore.hpp"

#include <stdexcept>

#include "k3s/snapshot/restore_steps.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"

using namespace kgnode;
using namespace kgnode::k3s;
using Catch::Matchers::ContainsSubstring;
using Step = RestoreStep;

namespace {

constexpr auto kReset =
    R"(time="x" level=error msg="Shutdown request received: \"Managed etcd cluster membership has been reset, restart without\"")";

/// Thrown where a real command would be killed.
struct Killed : std::runtime_error {
  Killed() : std::runtime_error("killed") {}
};

/// A server whose database may be changed only while K3s is stopped.
struct FakeServer : RestoreHost {
  std::vector<std::string> databases = {"etcd", "snapshots"};
  std::string data = "old";
  std::string output = kReset;
  bool runs = true;
  bool configured = false;
  int calls = 0;
  int killed_at = -1;
  bool after_deed = false;  // killed behind what it did, not before

  template <class Deed>
  void act(Deed deed) {
    const bool last = calls++ == killed_at;
    if (last && !after_deed) throw Killed();
    deed();
    if (last) throw Killed();
  }
  void must_be_stopped() const { REQUIRE_FALSE(runs); }

  Result<> stop() override {
    act([this] { runs = false; });
    return {};
  }
  Result<> configure() override {
    act([this] { configured = true; });
    return {};
  }
  Result<std::string> reset(const RestoreRecord& record) override {
    must_be_stopped();
    REQUIRE(configured);
    if (output != kReset) return output;
    act([this, &record] {
      databases.push_back("etcd-old-" + std::to_string(databases.size()));
      data = record.snapshot;
    });
    return output;
  }
  Result<std::vector<std::string>> list_databases() override { return databases; }
  Result<std::string> move_database() override {
    must_be_stopped();
    if (data.empty()) return std::string();
    act([this] { data.clear(); });
    return std::string("db-old-1");
  }
  Result<> start() override {
    act([this] { runs = true; });
    return {};
  }
  Result<> wait_until_ready() override {
    act([this] { runs = true; });  // the agent starts it when nobody else does
    return {};
  }
};

RestoreRecord record_of(Deed deed) {
  return {.deed = deed, .snapshot = "/s/a-1", .token_file = "/t", .before = {}, .trouble = {}};
}

Result<> run(RestoreRecord record, FakeServer& server, test::FakeFiles& files) {
  return carry_out(std::move(record), server, files, [](std::string_view) {});
}

RestoreRecord recorded(test::FakeFiles& files) {
  return read_restore_record(files).value().value();
}

/// Kills the deed at each call, before and behind it, then goes on by what was recorded.
void kill_everywhere(Deed deed, int calls, const std::string& data) {
  for (int call = 0; call < calls; ++call) {
    for (const bool after : {false, true}) {
      INFO("killed at call " << call << (after ? ", behind it" : ", before it"));
      FakeServer server;
      server.killed_at = call;
      server.after_deed = after;
      test::FakeFiles files;
      CHECK_THROWS_AS(run(record_of(deed), server, files), Killed);
      server.runs = true;  // the machine was started again, and K3s with it
      CHECK(restore_is_under_way(files) == (call < calls - (deed == Deed::restore ? 2 : 1)));
      server.killed_at = -1;
      REQUIRE(run(recorded(files), server, files));
      CHECK(recorded(files).finished());
      CHECK(server.data == data);
      CHECK(server.runs);
      CHECK_FALSE(restore_is_under_way(files));
    }
  }
}

}  // namespace

TEST_CASE("restore record: what was written is read back, a damaged one is an error",
          "[k3s][snapshot]") {
  auto record = record_of(Deed::restore);
  record.step = Step::reset;
  CHECK(parse_restore_record(to_text(record)).value() == record);
  record.before = {"etcd", "snapshots"};
  record.trouble = "it said \"no\"";
  record.done = true;
  CHECK(parse_restore_record(to_text(record)).value() == record);
  record.step = Step::move;  // of a rejoin
  CHECK_FALSE(parse_restore_record(to_text(record)).has_value());
  CHECK_FALSE(parse_restore_record("{}").has_value());
}

TEST_CASE("restore record: K3s is held until it is to be started, and by a record that is damaged",
          "[k3s][snapshot]") {
  struct Case {
    Deed deed;
    Step step;
    bool done;
    bool held;
  };
  const std::vector<Case> cases = {
      {Deed::restore, Step::stop, false, true},  {Deed::restore, Step::reset, false, true},
      {Deed::restore, Step::reset, true, false}, {Deed::restore, Step::start, false, false},
      {Deed::restore, Step::ready, true, false}, {Deed::rejoin, Step::stop, true, true},
      {Deed::rejoin, Step::move, false, true},   {Deed::rejoin, Step::move, true, false},
      {Deed::rejoin, Step::ready, false, false},
  };
  test::FakeFiles files;
  CHECK_FALSE(restore_is_under_way(files));
  for (const auto& [deed, step, done, held] : cases) {
    auto record = record_of(deed);
    record.step = step;
    record.done = done;
    files.files[kRestoreRecord] = to_text(record);
    INFO(to_text(record));
    CHECK(restore_is_under_way(files) == held);
  }
  files.files[kRestoreRecord] = "{";
  CHECK(restore_is_under_way(files));
}

TEST_CASE("restore: killed at any step, the same command finishes it", "[k3s][snapshot]") {
  kill_everywhere(Deed::restore, 6, "/s/a-1");
}

TEST_CASE("rejoin: killed at any step, the same command finishes it", "[k3s][snapshot]") {
  kill_everywhere(Deed::rejoin, 4, "");
}

TEST_CASE("restore: a reset that fails is told by K3s' words, and K3s stays stopped",
          "[k3s][snapshot]") {
  FakeServer server;
  server.output = R"(time="x" level=fatal msg="Error: etcd: snapshot path does not exist: /s/a-1")";
  test::FakeFiles files;
  const auto done = run(record_of(Deed::restore), server, files);
  REQUIRE_FALSE(done.has_value());
  CHECK_THAT(done.error().message(), ContainsSubstring("snapshot path does not exist"));
  CHECK(recorded(files).step == Step::reset);
  CHECK_FALSE(recorded(files).done);
  CHECK(recorded(files).trouble == done.error().message());
  CHECK_FALSE(server.runs);
  CHECK(restore_is_under_way(files));
  server.output = kReset;
  CHECK(run(recorded(files), server, files));
}

TEST_CASE("restore: a database that is kept nowhere is no success", "[k3s][snapshot]") {
  using Names = std::vector<std::string>;
  CHECK(find_kept({"etcd", "etcd-old-1"}, {"etcd", "etcd-old-1", "etcd-old-2"}).value() ==
        "etcd-old-2");
  CHECK(find_kept({"snapshots"}, {"etcd", "snapshots"}).value().empty());
  CHECK_FALSE(find_kept({"etcd", "etcd-old-1"}, {"etcd", "etcd-old-1"}).has_value());
  CHECK_FALSE(find_kept(Names{"etcd"}, Names{"etcd"}).has_value());
}

TEST_CASE("restore: the reset is told nothing of how to get into a cluster", "[k3s][snapshot]") {
  struct Case {
    std::string_view config;
    std::string_view wanted;
  };
  const std::vector<Case> cases = {
      {"server: https://a:6443\nnode-name: b\n", "node-name: b\n\n"},
      {"node-name: b\n\"server\" : x\ntoken: y\ntoken-file: z\ncluster-init: true\n",
       "node-name: b\n"},
      {"server: >-\n  https://a:6443\nnode-name: b", "node-name: b\n"},
      {"server+:\n- a\n- b\nserver-x: 1\n", "server-x: 1\n\n"},
      {"tls-san:\n  - server\n  - token\n", "tls-san:\n  - server\n  - token\n\n"},
  };
  for (const auto& [config, wanted] : cases) {
    INFO(config);
    CHECK(make_reset_config(config).value() == wanted);
  }
  CHECK_FALSE(make_reset_config("{node-name: b, server: x}").has_value());
  CHECK_FALSE(make_reset_config("a: [\n").has_value());
}

TEST_CASE("restore: success is what K3s says, not how it ends", "[k3s][snapshot]") {
  CHECK(says_that_it_reset(kReset));
  CHECK_FALSE(says_that_it_reset(R"(level=info msg="Managed etcd cluster initializing")"));
  CHECK_FALSE(says_that_it_reset("Managed etcd cluster membership was previously reset"));
}
