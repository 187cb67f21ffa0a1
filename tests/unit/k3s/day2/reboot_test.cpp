/// A reboot with its cluster: refused, forced, cut off at each step, taken back.
#include "k3s/day2/reboot.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"

using namespace kgnode;
using k3s::Pod;

namespace {

struct Killed {};

/// A cluster of which each part can refuse, and in which the process can be killed at each call.
struct Cluster final : k3s::RebootHost {
  test::FakeFiles files;
  bool in = true;
  bool locks_answer = true;
  std::string holder, why, kill;
  bool cordoned = false, ours = false, lock = false, rebooted = false, reachable = true;
  std::vector<Pod> pods = {{"default", "web", true}};
  int refusals = 0, waits = 3;
  std::optional<std::size_t> noticed_pods;  // still here when the balancer was given time
  bool told = false;                        // /readyz says no by then
  std::vector<std::string> said;
  k3s::Say say = [this](std::string_view line) { said.emplace_back(line); };

  void at(std::string_view call) const {
    if (kill == call) throw Killed();
  }
  Result<> reached() const {
    return reachable ? Result<>{} : fail(Error::plain("the API does not answer"));
  }
  Result<bool> is_in_cluster() override {
    if (!reachable) return fail(Error::plain("k3s.service does not run"));
    return in;
  }
  Result<std::string> why_not_stop() override { return why; }
  Result<std::string> take_lock() override {
    if (!locks_answer) return fail(Error::plain("curl: (28)"));
    at("before lock");
    lock = holder.empty();
    at("lock");
    return holder;
  }
  Result<> give_lock_back() override {
    TRY(reached());
    lock = false;
    return {};
  }
  Result<bool> cordon() override {
    at("before cordon");
    if (!cordoned) cordoned = ours = true;
    at("cordon");
    return ours;
  }
  Result<> uncordon() override {
    TRY(reached());
    if (ours) cordoned = ours = false;
    return {};
  }
  void wait_for_notice() override {
    noticed_pods = pods.size();
    const auto record = k3s::read_reboot_record(files);
    told = record && *record && (*record)->step != k3s::RebootStep::lock;
  }
  Result<std::vector<Pod>> list_pods() override { return pods; }
  Result<std::pair<int, std::string>> evict(const Pod& pod) override {
    at("drain");
    if (refusals-- > 0) return std::pair{429, std::string("the budget")};
    std::erase(pods, pod);
    return std::pair{201, std::string()};
  }
  bool wait_for_pods() override { return waits-- > 0; }
  Result<> reboot() override {
    rebooted = true;
    at("reboot");
    throw Killed();  // the shutdown ends the process
  }

  Result<> run(k3s::RebootWish wish = {}) {
    try {
      return k3s::reboot_in_cluster(wish, *this, files, say);
    } catch (const Killed&) {
      return {};
    }
  }
  bool is_as_before() const { return !lock && !ours && files.files.empty(); }
};

}  // namespace

TEST_CASE("k3s reboot: the pods have moved and the lock is held when the node goes down") {
  Cluster cluster;
  cluster.refusals = 2;
  CHECK(cluster.run());
  CHECK(cluster.rebooted);
  CHECK((cluster.lock && cluster.cordoned && cluster.pods.empty()));
  CHECK((cluster.told && cluster.noticed_pods == 1));
  CHECK(cluster.said.back() == k3s::kReboots);
  CHECK(k3s::take_back(cluster, cluster.files, cluster.say));
  CHECK((cluster.is_as_before() && !cluster.cordoned));
}

TEST_CASE("k3s reboot: what is refused leaves all as it was, and says why") {
  const auto refused = [](Cluster& cluster, std::string_view why) {
    const auto done = cluster.run();
    REQUIRE_FALSE(done);
    CHECK(done.error().message().contains(why));
    CHECK_FALSE(cluster.rebooted);
    CHECK(cluster.is_as_before());
  };
  Cluster held;
  held.holder = "cp-2";
  refused(held, "cp-2 is about to restart");
  Cluster quorum;
  quorum.why = "cp-3 is not ready";
  refused(quorum, "cp-3 is not ready");
  Cluster silent;
  silent.locks_answer = false;
  refused(silent, "whether another node is about to restart cannot be told: curl: (28)");
  Cluster budget;
  budget.refusals = 100;
  refused(budget, "default/web cannot be moved off the node: the budget");
  Cluster bare;
  bare.pods[0].controlled = false;
  refused(bare, "would be lost");
  Cluster stopped;
  stopped.reachable = false;
  refused(stopped, "does not run");
}

TEST_CASE("k3s reboot: by force it goes on, whatever is refused") {
  Cluster cluster;
  cluster.holder = "cp-2";
  cluster.why = "cp-3 is not ready";
  cluster.refusals = 100;
  CHECK(cluster.run({.force = true}));
  CHECK(cluster.rebooted);
  Cluster stopped;
  stopped.reachable = false;
  CHECK(stopped.run({.force = true}));
  CHECK(stopped.rebooted);
}

TEST_CASE("k3s reboot: a node in no cluster just reboots") {
  Cluster cluster;
  cluster.in = false;
  CHECK(cluster.run());
  CHECK((cluster.rebooted && cluster.is_as_before()));
}

TEST_CASE("k3s reboot: killed at any step, what was done is taken back later") {
  for (const auto* step : {"before lock", "lock", "before cordon", "cordon", "drain", "reboot"}) {
    CAPTURE(step);
    Cluster cluster;
    cluster.kill = step;
    CHECK(cluster.run());
    CHECK(cluster.files.files.contains(k3s::kRebootRecord));
    cluster.kill.clear();
    CHECK(k3s::take_back(cluster, cluster.files, cluster.say));
    CHECK(cluster.is_as_before());
  }
}

TEST_CASE("k3s reboot: a node that somebody else cordoned stays so") {
  Cluster cluster;
  cluster.cordoned = true;
  CHECK(cluster.run());
  CHECK(k3s::take_back(cluster, cluster.files, cluster.say));
  CHECK(cluster.cordoned);
}

TEST_CASE("k3s reboot: what cannot be taken back is kept, with its reason") {
  Cluster cluster;
  CHECK(cluster.run());
  cluster.reachable = false;
  CHECK_FALSE(k3s::take_back(cluster, cluster.files, cluster.say));
  const auto record = k3s::read_reboot_record(cluster.files).value();
  REQUIRE(record);
  CHECK(record->trouble == "the API does not answer");
  CHECK(record->step == k3s::RebootStep::reboot);
  cluster.reachable = true;
  CHECK(k3s::take_back(cluster, cluster.files, cluster.say));
  CHECK(cluster.is_as_before());
}

TEST_CASE("k3s reboot: a damaged record still says that there is something to take back") {
  CHECK(k3s::parse_reboot_record("{").step == k3s::RebootStep::lock);
  const k3s::RebootWish wish{.within = std::chrono::seconds(7), .force = true};
  CHECK(k3s::parse_reboot_wish(to_text(wish)).value() == wish);
  CHECK_FALSE(k3s::parse_reboot_wish("{}"));
  CHECK_FALSE(k3s::parse_reboot_wish(R"({"within":0,"force":true})"));
}

TEST_CASE("k3s reboot: whether a node is cordoned, and by us, is on its Node") {
  const auto ours = k3s::parse_cordon(
      R"({"metadata":{"annotations":{"kgnode/cordoned":"reboot"}},"spec":{"unschedulable":true}})");
  CHECK((ours && ours->cordoned && ours->ours));
  const auto free = k3s::parse_cordon(R"({"metadata":{},"spec":{}})");
  CHECK((free && !free->cordoned && !free->ours));
  CHECK_FALSE(k3s::parse_cordon("{}"));
  CHECK(k3s::cordon_patch().contains(R"("unschedulable":true)"));
  CHECK(k3s::uncordon_patch().contains(R"("unschedulable":null)"));
}
