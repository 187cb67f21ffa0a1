/// The lock of the cluster: what its objects say, and who is next.
#include "k3s/day2/lock.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace std::chrono_literals;
using k3s::LockDeed, k3s::LockSeen, k3s::Take;

namespace {

constexpr std::chrono::sys_seconds kNow =
    std::chrono::sys_days(std::chrono::year(2026) / 10 / 1) + 12h;

}  // namespace

TEST_CASE("k3s lock: what is written is read again, and ends an hour later") {
  const auto lock = k3s::parse_lock(k3s::lock_text("cp-1", kNow, "77"));
  REQUIRE(lock);
  CHECK(*lock == k3s::Lock{.holder = "cp-1", .version = "77", .ends = kNow + 1h});
}

TEST_CASE("k3s lock: it is taken when it is free, was ours, or has ended") {
  const k3s::Lock lock{.holder = "cp-1", .version = "7", .ends = kNow + 1min};
  CHECK(k3s::how_to_take(std::nullopt, "cp-1", kNow) == Take::create);
  CHECK(k3s::how_to_take(lock, "cp-1", kNow) == Take::have);
  CHECK(k3s::how_to_take(lock, "cp-2", kNow) == Take::wait);
  CHECK(k3s::how_to_take(lock, "cp-2", kNow + 1min) == Take::replace);
  CHECK(k3s::how_to_take(lock, "cp-1", kNow + 1min) == Take::replace);
}

TEST_CASE("k3s lock: one that says no time, or a time of a year, has ended") {
  for (
      const auto* spec :
      {R"({"holderIdentity":"x"})", R"({"holderIdentity":"x","acquireTime":"now"})",
       R"({"holderIdentity":"x","acquireTime":"2026-10-01T11:59:00Z","leaseDurationSeconds":31536000})"}) {
    const auto lock = k3s::parse_lock(std::string(R"({"spec":)") + spec + "}");
    REQUIRE(lock);
    CHECK(k3s::how_to_take(lock, "cp-2", kNow) == Take::replace);
  }
  CHECK_FALSE(k3s::parse_lock("{}"));
  CHECK_FALSE(k3s::parse_lock("[]"));
  CHECK_FALSE(k3s::parse_lock("no"));
}

TEST_CASE("k3s lock: servers give it to one worker, and tell the others who has it") {
  LockSeen seen{.answered = true,
                .asking = {{"worker-1", "wanted", ""}, {"worker-2", "wanted", ""}}};
  CHECK(k3s::plan_lock(seen) == std::vector<k3s::LockMove>{{LockDeed::grant, "worker-1", ""}});
  seen.holder = "worker-1";
  CHECK(k3s::plan_lock(seen) ==
        std::vector<k3s::LockMove>{{LockDeed::tell, "worker-1", "worker-1"},
                                   {LockDeed::tell, "worker-2", "worker-1"}});
  seen.asking[0].told = seen.asking[1].told = "worker-1";
  CHECK(k3s::plan_lock(seen).empty());
  seen.asking[0].state = "done";
  CHECK(k3s::plan_lock(seen) == std::vector<k3s::LockMove>{{LockDeed::forget, "worker-1", ""}});
  seen.answered = false;
  CHECK(k3s::plan_lock(seen).empty());
}

TEST_CASE("k3s lock: who asks is read from the labels of nodes") {
  const auto asking = k3s::parse_asking(
      R"({"items":[{"metadata":{"name":"worker-1","labels":{"kgnode/reboot":"wanted"},)"
      R"("annotations":{"kgnode/reboot-lock":"cp-1"}}}]})");
  REQUIRE(asking);
  CHECK(*asking == std::vector<k3s::Asking>{{"worker-1", "wanted", "cp-1"}});
  CHECK_FALSE(k3s::parse_asking("{}"));
  CHECK(
      k3s::parse_asking_one(R"({"metadata":{"annotations":{"kgnode/reboot-lock":"cp-1"}}})").told ==
      "cp-1");
  CHECK(k3s::parse_asking_one(R"({"metadata":{}})") == k3s::Asking{});
}

TEST_CASE("k3s lock: a new question takes the old answer away") {
  CHECK(k3s::ask_patch("wanted").contains(R"("kgnode/reboot-lock":null)"));
  CHECK_FALSE(k3s::ask_patch("done").contains("kgnode/reboot-lock"));
}
