#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "agent/base/text.hpp"
#include "agent/sys/yaml.hpp"
#include "tests/support/k3s_config.hpp"
#include "tests/support/random_config.hpp"

using namespace kgnode;
using namespace kgnode::k3s;
using test::load_valid;

namespace {

struct Flag {
  std::string type;
  bool critical = false;  // K3s compares it between servers
};
using Flags = std::map<std::string, Flag>;

/// The flags of K3s itself, read from its sources: the same tables that the stand-in is held to.
Flags read_flags(const std::string& role) {
  std::ifstream file(std::string(TEST_DATA) + "/../k3s-standin/data/k3s-" + role + "-flags.tsv");
  Flags flags;
  for (std::string line; std::getline(file, line);) {
    const auto cells = split(line, '\t');
    if (cells.size() < 6 || line.starts_with('#') || cells[0] == "name") continue;
    flags[std::string(cells[0])] = {.type = std::string(cells[1]),
                                    .critical = cells[5].contains("critical")};
  }
  REQUIRE(flags.size() > 40);
  return flags;
}

bool is_text(const sys::Yaml& value) {
  return value.kind == sys::Yaml::Kind::scalar && !value.plain;
}

/// What YAML 1.1 makes of it is what K3s wants: only numbers and truth values stand bare.
bool fits(const sys::Yaml& value, std::string_view type) {
  if (type == "bool") return value.plain && (value.text == "true" || value.text == "false");
  if (type == "int") return value.plain && parse_int<unsigned>(value.text);
  if (type == "stringSlice" && value.kind == sys::Yaml::Kind::sequence)
    return !value.items.empty() && std::ranges::all_of(value.items, is_text);
  return is_text(value);
}

sys::Yaml render_config(const config::Config& config, Start start) {
  const auto files =
      render({.config = config, .interface = "ens4", .start = start, .server = "10.0.0.11"});
  auto parsed = sys::parse_yaml(test::text_of(files, kConfigFile));
  REQUIRE(parsed);
  return *std::move(parsed);
}

void check_keys(const sys::Yaml& config, const Flags& flags) {
  for (const auto& [key, value] : config.entries) {
    INFO(key);
    const auto flag = flags.find(key);
    REQUIRE(flag != flags.end());
    CHECK(fits(value, flag->second.type));
  }
}

std::string flat(const sys::Yaml& value) {
  std::string text = value.text;
  for (const auto& item : value.items) text += "\n" + item.text;
  return text;
}

}  // namespace

TEST_CASE("k3s flags: each key is a flag of the role and has its type", "[k3s][render]") {
  const auto server = read_flags("server");
  const auto agent = read_flags("agent");
  std::set<std::string> roles;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto text = test::random_config(seed);
    INFO(text);
    const auto config = load_valid(text);
    const bool worker = config.node.role == config::Role::worker;
    roles.insert(worker ? "worker" : "control-plane");
    for (const auto start : {Start::initialise, Start::join, Start::resume})
      check_keys(render_config(config, start), worker ? agent : server);
  }
  CHECK(roles.size() == 2);
}

TEST_CASE("k3s flags: what K3s compares between servers is equal on all of them", "[k3s][render]") {
  const auto flags = read_flags("server");
  std::vector<sys::Yaml> configs;
  for (const std::string number : {"1", "2", "3"}) {
    test::ClusterNode node{.name = "cp-" + number, .address = "10.0.0.1" + number};
    node.rest = "labels = [\"example.net/rack=" + number + "\"]\n";
    const auto config = load_valid(test::cluster_text(node));
    configs.push_back(render_config(config, number == "1" ? Start::initialise : Start::join));
  }
  std::size_t compared = 0;
  for (const auto& [name, flag] : flags) {
    // Not critical to K3s, but a client that was sent to another server must find the same there.
    if (!flag.critical && name != "tls-san" && name != "disable" && name != "kube-apiserver-arg")
      continue;
    INFO(name);
    const auto* first = configs[0].find(name);
    for (const auto& config : configs) {
      const auto* value = config.find(name);
      REQUIRE((value == nullptr) == (first == nullptr));
      if (value != nullptr) CHECK(flat(*value) == flat(*first));
    }
    compared += first != nullptr ? 1 : 0;
  }
  CHECK(compared >= 8);
}

TEST_CASE("k3s flags: nodes of one cluster differ in what is their own", "[k3s][render]") {
  const auto first = load_valid(test::cluster_text({}));
  const auto second = load_valid(test::cluster_text({.name = "cp-2", .address = "10.0.0.12"}));
  for (const auto* key : {"node-name", "node-ip", "advertise-address"}) {
    INFO(key);
    CHECK(flat(*render_config(first, Start::initialise).find(key)) !=
          flat(*render_config(second, Start::join).find(key)));
  }
}
