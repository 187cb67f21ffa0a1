/// The table of keys: every row is usable, every default and example is a good value.
#include "agent/config/schema.hpp"

#include <algorithm>
#include <set>

#include "agent/base/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/agent/config/documents.hpp"

using namespace kgnode;
using config::load_text;

namespace {

// The sample with `key` set to `value`: the line replaced, or its table added.
std::string with_key(std::string_view path, std::string_view value) {
  const auto line = std::format("{} = {}\n", config::name_of(path), value);
  const auto header = std::format("\n[{}]\n", config::parent_of(path));
  auto text = test::sample();
  if (config::parent_of(path).empty()) return test::edited(text, "schema = 1\n", line);
  if (!text.contains(header)) return text + header + line;
  const auto table = text.find(header) + header.size();
  const auto end = std::min(text.find("\n[", table), text.size());
  for (auto at = table; at < end; at = text.find('\n', at) + 1) {
    if (!text.substr(at).starts_with(std::format("{} ", config::name_of(path)))) continue;
    text.erase(at, text.find('\n', at) + 1 - at);
    break;
  }
  return text.insert(table, line);
}

// Keys that are set by themselves; those inside lists and inline tables come with their parent.
bool stands_alone(const config::Key& key) {
  const auto parent = config::parent_of(key.path);
  return key.kind != config::Kind::table && !parent.contains('.');
}

}  // namespace

TEST_CASE("config schema: paths are unique, and every parent is a table before its keys") {
  std::set<std::string_view> seen = {""};
  for (const auto& key : config::schema()) {
    INFO(key.path);
    CHECK(seen.contains(config::parent_of(key.path)));
    CHECK(seen.insert(key.path).second);
    CHECK(!key.effect.empty());
    CHECK(key.effect.ends_with('.'));
    CHECK((key.kind == config::Kind::table || !key.example.empty()));
    // A required key has no default, and an optional one either has or is absent by meaning.
    CHECK((key.need == config::Need::optional || key.fallback.empty()));
  }
}

TEST_CASE("config schema: every default is a good value and changes nothing when written out") {
  const auto plain = load_text(test::sample(), "plain");
  REQUIRE(plain.config);
  for (const auto& key : config::schema()) {
    if (!stands_alone(key) || key.fallback.empty()) continue;
    const auto given = key.path == "node.environment" || key.path == "admin.from";
    if (given) continue;  // the sample sets them itself
    const auto loaded = load_text(with_key(key.path, key.fallback), "node.toml");
    INFO(key.path << '\n' << test::report(loaded));
    REQUIRE(loaded.config);
    CHECK(*loaded.config == *plain.config);
  }
}

TEST_CASE("config schema: every example is a good value and arrives in the configuration") {
  const auto plain = load_text(test::sample(), "plain");
  REQUIRE(plain.config);
  for (const auto& key : config::schema()) {
    if (!stands_alone(key)) continue;
    const auto loaded = load_text(with_key(key.path, key.example), "node.toml");
    INFO(key.path << '\n' << test::report(loaded));
    REQUIRE(loaded.config);
    // Where the example is not what the sample says or what the default is, something changes.
    const bool same =
        key.example.size() > 1 ? test::sample().contains(key.example) : key.path == "schema";
    CHECK((*loaded.config == *plain.config) == same);
  }
}

TEST_CASE("config schema: every key refuses a value of another type with its position") {
  for (const auto& key : config::schema()) {
    if (!stands_alone(key)) continue;
    for (const std::string_view wrong :
         {"1.5", "2024-05-17", "\"\"", "[[]]", "{ \"x y\" = 1 }", "-1"}) {
      const auto text = with_key(key.path, wrong);
      const auto loaded = load_text(text, "node.toml");
      INFO(key.path << " = " << wrong << '\n' << test::report(loaded));
      CHECK_FALSE(loaded.config);
      const auto line = std::format("{} = {}", config::name_of(key.path), wrong);
      const auto number =
          1 + std::count(text.begin(), text.begin() + static_cast<long>(text.find(line)), '\n');
      CHECK(std::ranges::any_of(loaded.diagnostics, [number](const auto& diagnostic) {
        return diagnostic.severity == config::Severity::error && diagnostic.at.line == number;
      }));
    }
  }
}

TEST_CASE("config schema: every choice arrives as its own value, in the order of the table") {
  const auto role = [](std::string_view word) {
    auto text = with_key("node.role", word);
    if (word.contains("worker")) text = test::edited(text, "\"10.0.0.11\"  ", "\"10.0.0.20\"  ");
    const auto loaded = load_text(text, "node.toml");
    REQUIRE(loaded.config);
    return loaded.config->node.role;
  };
  CHECK(role("\"control-plane\"") == config::Role::control_plane);
  CHECK(role("\"worker\"") == config::Role::worker);
  CHECK(to_string(config::Role::worker) == "worker");
  CHECK(to_string(config::Role::control_plane) == "control-plane");

  const auto with = [](std::string_view path, std::string_view word) {
    const auto loaded = load_text(with_key(path, word), "node.toml");
    REQUIRE(loaded.config);
    return *loaded.config;
  };
  using config::Environment, config::Ingress, config::Overlay, config::SshProfile;
  CHECK(with("node.environment", "\"development\"").node.environment == Environment::development);
  CHECK(with("node.environment", "\"production\"").node.environment == Environment::production);
  CHECK(with("firewall.ingress", "\"node-port\"").firewall.ingress == Ingress::node_port);
  CHECK(with("firewall.ingress", "\"host-port\"").firewall.ingress == Ingress::host_port);
  CHECK(with("firewall.ingress", "\"none\"").firewall.ingress == Ingress::none);
  CHECK(with("k3s.overlay", "\"vxlan\"").k3s.overlay == Overlay::vxlan);
  CHECK(with("k3s.overlay", "\"wireguard\"").k3s.overlay == Overlay::wireguard);
  CHECK(with("ssh.profile", "\"cis\"").ssh.profile == SshProfile::cis);
  CHECK(with("ssh.profile", "\"ssh-audit\"").ssh.profile == SshProfile::ssh_audit);
}
