/// Nothing that is secret on a node is in its support bundle.
#include "agent/support/bundle.hpp"

#include <map>
#include <set>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/sys/base64.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using support::Bundle;

namespace {

/// Each in one place only: finding it elsewhere in the bundle would be by what that place tells.
const std::map<std::string, std::string> kSeeds = {
    {"k3s.token", "seed-token-AbCdEf0123"},
    {"agent token", "seed-agent-token-9876"},
    {"health.secret", "seed-health-secret-55"},
    {"previous_secret", "seed-previous-secret-66"},
    {"passphrase in its file", "seed disk passphrase 77"},
    {"S3 access key", "seedaccesskey0123456789"},
    {"S3 secret key", "seed-s3-secret-key-88"},
    {"last good", "seed-last-good-token-11"},
    {"pending", "seed-pending-token-22"},
    {"server token of K3s", "seedservertoken3333"},
    {"node password", "seednodepassword4444"},
    {"encryption key", "c2VlZGVuY3J5cHRpb25rZXk5OTk5OTk5OTk="},
    {"beacon key", std::string("seed\x01\x02\xff beaconkey 32 bytes 00", 30)},
    {"environment", "seed-environment-value-1"},
    {"environment of K3s", "seed-k3s-env-token-2"}};

constexpr std::string_view kNode = R"(
schema = 1
[node]
name = "cp-1"
role = "control-plane"
[network]
vrack = "10.0.0.0/24"
address = "10.0.0.11"
[admin]
ssh_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ops"]
[k3s]
servers = ["10.0.0.11"]
token = "@k3s.token@"
agent_token = "@agent token@"
snapshots = { s3 = { endpoint = "s3", bucket = "b", region = "r", access_key = "@S3 access key@", secret_key = "@S3 secret key@" } }
[health]
secret = "@health.secret@"
previous_secret = "@previous_secret@"
[storage]
disk = { min_size = "100GiB" }
encryption = { passphrase = { file = "/run/kgnode/secrets/disk" } }
)";

std::string fill(std::string_view text) {
  std::string filled(text);
  for (const auto& [name, seed] : kSeeds) {
    const auto place = "@" + name + "@";
    for (auto at = filled.find(place); at != std::string::npos; at = filled.find(place))
      filled.replace(at, place.size(), seed);
  }
  return filled;
}

/// Every secret in every dress, as a careless program writes it.
std::string careless_log(bool is_text = false) {
  std::string log;
  for (const auto& [name, seed] : kSeeds) {
    if (is_text && name == "beacon key") continue;  // which is no UTF-8
    log += "Nov 25 12:00:00 cp-1 k3s[1]: joins with " + seed + "\n";
    log += "level=info msg=\"value " + seed + "\"\n";
    log += boost::json::serialize(boost::json::object{{"msg", "x " + seed}}) + "\n";
    log += "encoded " + sys::to_base64("user:" + seed) + "\n";
  }
  log += "Authorization: Bearer seed-bearer-only-here\n";
  log +=
      "-----BEGIN EC PRIVATE KEY-----\nc2VlZHByaXZhdGVrZXlvbmx5aGVyZQ==\n-----END EC PRIVATE "
      "KEY-----\n";
  log += "join with seedab.seedbootstrap016\n";
  log += "root:$6$seedsalt$seedpasswordhash:1\n";
  return log + "the end of the log\n";
}

struct FakeHost : support::Host {
  bool agent_is_dead = false;
  std::string node_toml = fill(kNode);
  std::set<std::string> asked;

  Result<std::string> ask(const std::string& route) override {
    asked.insert(route);
    if (agent_is_dead) return fail(Error::plain("the agent does not run"));
    return boost::json::serialize(boost::json::object{
        {"route", route}, {"text", careless_log(true)}, {"token", "seed-by-name"}});
  }
  Result<std::optional<std::string>> read(const std::string& path) override {
    if (path == "/etc/kgnode/node.toml") return node_toml;
    if (path == "/var/lib/kgnode/last-good.toml")
      return fill("schema = 1\n[k3s]\ntoken = \"@last good@\"\n");
    if (path == "/var/lib/kgnode/pending.json")
      return boost::json::serialize(
          boost::json::object{{"old", fill("schema = 1\n[k3s]\ntoken = \"@pending@\"\n")}});
    if (path == "/run/kgnode/secrets/disk") return fill("@passphrase in its file@\n");
    if (path.ends_with("server/token")) return fill("K10aabb::server:@server token of K3s@\n");
    if (path == "/etc/rancher/node/password") return fill("@node password@\n");
    if (path.ends_with("encryption-config.json"))
      return fill(R"({"kind":"X","keys":[{"name":"k","secret":"@encryption key@"}]})");
    if (path == "/var/lib/kgnode/beacon-key") return fill("@beacon key@");
    if (path == "/proc/mounts") return fail(Error::plain("read \"/proc/mounts\": it burns"));
    if (path.starts_with("/proc") || path.ends_with("operations.log") || path == "/etc/os-release")
      return careless_log();
    return std::nullopt;
  }
  Result<std::optional<std::string>> run(const std::vector<std::string>& argv) override {
    if (argv.front().ends_with("chronyc")) return std::nullopt;
    return careless_log();
  }
  Result<std::string> read_journal(const std::vector<std::string>& words) override {
    return words.back() == "--dmesg" ? std::string(support::kPartLimit + 10, 'x') + "\nlast\n"
                                     : careless_log();
  }
  Result<std::optional<std::string>> read_environment(const std::string& unit) override {
    if (unit == "k3s-agent.service") return std::nullopt;
    return fill("PATH=/usr/bin\nODD=@environment@\nK3S_TOKEN=@environment of K3s@\n");
  }
};

Bundle make(FakeHost& host) {
  auto bundle =
      support::make_bundle(host, "1.2.3", std::chrono::sys_days(std::chrono::year(2026) / 3 / 1));
  REQUIRE(bundle);
  return *std::move(bundle);
}

std::string all_of(const Bundle& bundle) {
  std::string all;
  for (const auto& entry : bundle.entries) all += entry.name + "\n" + entry.text;
  return all;
}

std::string text_of(const Bundle& bundle, std::string_view name) {
  for (const auto& entry : bundle.entries) {
    if (entry.name == name) return entry.text;
  }
  return "there is no such part";
}

void check_no_seed(const Bundle& bundle) {
  const auto all = all_of(bundle);
  for (const auto& [name, seed] : kSeeds) {
    INFO(name);
    // ODD is no telling name, so its value is only taken out of the environment itself.
    if (name != "environment") CHECK_FALSE(all.contains(seed));
    const auto encoded = sys::to_base64("user:" + seed);
    if (name != "environment") CHECK_FALSE(all.contains(encoded.substr(8, 12)));
  }
  for (const auto* seed : {"seed-bearer", "c2VlZHByaXZhdGVrZXlvbmx5aGVyZQ", "seedbootstrap016",
                           "seedpasswordhash", "seed-by-name"})
    CHECK_FALSE(all.contains(seed));
}

}  // namespace

TEST_CASE("support bundle: no secret of configuration, K3s, journal or environment is in it") {
  FakeHost host;
  const auto bundle = make(host);
  check_no_seed(bundle);
  CHECK(bundle.node == "cp-1");
  CHECK(text_of(bundle, "agent/status.json").starts_with("{\n  \"route\": \"/v1/status\","));
  CHECK(text_of(bundle, "journal/k3s").ends_with("the end of the log\n"));
  CHECK(text_of(bundle, "environment/k3s") ==
        "PATH=/usr/bin\nODD=[redacted]\nK3S_TOKEN=[redacted]\n");
  const auto effective = text_of(bundle, "config/effective.toml");
  CHECK(effective.contains("token = \"[redacted]\"\n"));
  CHECK(effective.contains("passphrase = { file = \"/run/kgnode/secrets/disk\" }"));
  CHECK(effective.contains("drain_notice = \"30s\"  # default\n"));
  CHECK(effective.contains("address = \"10.0.0.11\"\n"));
}

TEST_CASE("support bundle: it tells what it has, what it has not, and what was cut") {
  FakeHost host;
  const auto bundle = make(host);
  REQUIRE(bundle.entries.front().name == "manifest.json");
  const auto manifest = boost::json::parse(bundle.entries.front().text);
  CHECK(manifest.at("node") == "cp-1");
  CHECK(manifest.at("version") == "1.2.3");
  CHECK(manifest.at("entries").as_array().size() == bundle.entries.size() - 1);
  CHECK(bundle.cut == std::vector<std::string>{"journal/kernel"});
  CHECK(text_of(bundle, "journal/kernel") == "last\n");
  REQUIRE(bundle.missing.size() == 1);
  CHECK(bundle.missing[0].name == "disks/mounts");
  CHECK(bundle.missing[0].why.contains("it burns"));
}

TEST_CASE("support bundle: with the agent dead it has all else, and says so") {
  FakeHost host;
  host.agent_is_dead = true;
  const auto bundle = make(host);
  check_no_seed(bundle);
  CHECK(host.asked.size() == 1);  // a second question would only take time
  CHECK(text_of(bundle, "journal/kgnode").contains("the end of the log"));
  const auto silent = std::ranges::count_if(bundle.missing, [](const Bundle::Missing& one) {
    return one.why == "the agent does not run";
  });
  CHECK(silent >= 10);
}

TEST_CASE("support bundle: what a broken configuration holds is not in it either") {
  FakeHost host;
  host.node_toml = fill(kNode) + "\nthis is no TOML\n";
  const auto broken = make(host);
  check_no_seed(broken);
  CHECK(text_of(broken, "config/check").contains("node.toml:"));
  host.node_toml = fill(
      "schema = 1\n[k3s]\ntokn = \"@k3s.token@\"\nagent_token = \"@agent token@\"\n"
      "[health]\nsecret = \"@health.secret@\"\nprevious_secret = \"@previous_secret@\"\n"
      "[s3]\na = \"@S3 access key@\"\nb = \"@S3 secret key@\"\n"
      "[storage]\nencryption = { passphrase = { file = \"/run/kgnode/secrets/disk\" } }\n");
  check_no_seed(make(host));
}
