#include "agent/slots/gate.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::slots;

namespace {

const Entry kOld{.version = "1.0.0"};
const Entry kTrial{.version = "1.1.0", .tries_left = 2, .tries_done = 1};
const Record kWritten{
    .version = "1.1.0", .from = "1.0.0", .boot_id = "before", .outcome = Outcome::written};

Boot boot(std::string version, std::string trouble = {}) {
  return {.running = {.version = std::move(version), .root_hash = std::string(64, 'a')},
          .boot_id = "now",
          .trouble = std::move(trouble)};
}

}  // namespace

TEST_CASE("gate: a healthy update is good, and its rollback index is kept", "[slots]") {
  auto healthy = boot("1.1.0");
  healthy.running.rollback_index = 5;
  const auto judged = judge_boot(healthy, kWritten, std::vector{kOld, kTrial});
  REQUIRE(judged.record);
  CHECK(judged.record->outcome == Outcome::good);
  CHECK(judged.record->rollback_index == 5);
  CHECK_FALSE(judged.give_up);
  // The next boot has nothing new to say.
  CHECK_FALSE(
      judge_boot(healthy, judged.record, std::vector{kOld, Entry{.version = "1.1.0"}}).record);
}

TEST_CASE("gate: an update that is not healthy gives way, with its reason", "[slots]") {
  const auto judged =
      judge_boot(boot("1.1.0", "degraded: ssh"), kWritten, std::vector{kOld, kTrial});
  CHECK(judged.give_up == kTrial);
  REQUIRE(judged.record);
  CHECK(judged.record->outcome == Outcome::failed);
  CHECK(judged.record->reason == "degraded: ssh");
}

TEST_CASE("gate: a good slot, and one without a way back, are never left", "[slots]") {
  const auto trouble = boot("1.1.0", "degraded: ssh");
  CHECK_FALSE(judge_boot(trouble, kWritten, std::vector{kOld, Entry{.version = "1.1.0"}}).give_up);
  CHECK_FALSE(judge_boot(trouble, kWritten, std::vector{kTrial}).give_up);
  const Entry failed{.version = "1.0.0", .tries_left = 0, .tries_done = 3};
  CHECK_FALSE(judge_boot(trouble, kWritten, std::vector{failed, kTrial}).give_up);
  // The first boot of a new image, without a configuration.
  CHECK_FALSE(judge_boot(trouble, std::nullopt, std::vector{kTrial}).record);
}

TEST_CASE("gate: an update that came back without a word has failed", "[slots]") {
  const auto judged = judge_boot(boot("1.0.0"), kWritten, std::vector{kOld});
  REQUIRE(judged.record);
  CHECK(judged.record->outcome == Outcome::failed);
  CHECK(judged.record->reason.contains("did not come up"));
  // In the boot in which it was written it has not been tried yet.
  auto same = boot("1.0.0");
  same.boot_id = "before";
  CHECK_FALSE(judge_boot(same, kWritten, std::vector{kOld}).record);
}

TEST_CASE("gate: a first image remembers its rollback index", "[slots]") {
  auto first = boot("1.0.0");
  first.running.rollback_index = 2;
  const auto judged = judge_boot(first, std::nullopt, std::vector{kOld});
  REQUIRE(judged.record);
  CHECK(judged.record->rollback_index == 2);
  CHECK(judged.record->version == "1.0.0");
}

TEST_CASE("gate: an update must come to what was there before it", "[slots]") {
  auto record = kWritten;
  const auto trouble = [&record](const NodeWord& word, std::string_view version = "1.1.0") {
    return trouble_of(word, record, boot(std::string(version)).running);
  };
  CHECK(trouble({.phase = "degraded", .reason = "ssh"}) == "degraded: ssh");
  CHECK(trouble({.healthy = true, .phase = "hardened"}).empty());
  CHECK(trouble({.phase = "joining", .reason = "servers-missing"}).empty());
  CHECK(trouble({.phase = "booting"}).contains("booting"));
  CHECK(trouble({.phase = "maintenance"}).contains("maintenance"));
  record.was_ready = true;
  CHECK(trouble({.phase = "joining"}).contains("K3s was ready"));
  CHECK(trouble({.healthy = true, .phase = "hardened"}).contains("K3s was ready"));
  CHECK(trouble({.healthy = true, .phase = "ready"}).empty());
  record.heard_peers = true;
  CHECK(trouble({.healthy = true, .phase = "ready"}).contains("none is"));
  CHECK(trouble({.healthy = true, .phase = "ready", .hears_peers = true}).empty());
  // Of another version nothing is asked, nor once the update is good.
  CHECK(trouble({.healthy = true, .phase = "hardened"}, "1.0.0").empty());
  record.outcome = Outcome::good;
  CHECK(trouble({.healthy = true, .phase = "hardened"}).empty());
}
