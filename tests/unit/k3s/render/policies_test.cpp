#include "k3s/render/policies.hpp"

#include <algorithm>
#include <format>

#include "agent/sys/yaml.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace kgnode::k3s;

namespace {

sys::Yaml parse(const std::string& text) {
  auto parsed = sys::parse_yaml(text);
  INFO(text);
  REQUIRE(parsed);
  return *std::move(parsed);
}

/// Our YAML reader takes one document at a time.
std::vector<sys::Yaml> parse_documents(const std::string& text) {
  std::vector<sys::Yaml> documents;
  for (auto start = text.find("---\n"); start != std::string::npos;) {
    const auto next = text.find("---\n", start + 4);
    documents.push_back(parse(text.substr(start + 4, next - start - 4)));
    start = next;
  }
  return documents;
}

std::vector<std::string> names(const config::K3s& k3s) {
  std::vector<std::string> found;
  for (const auto& document : parse_documents(render_network_policies(k3s))) {
    CHECK(document.find("kind")->text == "NetworkPolicy");
    const auto* about = document.find("metadata");
    found.push_back(about->find("namespace")->text + "/" + about->find("name")->text);
  }
  return found;
}

sys::Yaml plugin(const sys::Yaml& admission, std::string_view name) {
  for (const auto& one : admission.find("plugins")->items) {
    if (one.find("name")->text == name) return *one.find("configuration");
  }
  FAIL("no plugin " << name);
  return {};
}

bool is_none(const sys::Yaml& rule) { return rule.find("level")->text == "None"; }

}  // namespace

TEST_CASE("k3s admission: the configured level is enforced, kube-system is always exempt",
          "[k3s][render]") {
  for (const auto level : {config::PodSecurity::privileged, config::PodSecurity::baseline,
                           config::PodSecurity::restricted}) {
    config::K3s k3s;
    k3s.pod_security = level;
    k3s.pod_security_exempt = {"ingress-nginx", "kube-system"};
    const auto admission = parse(render_admission(k3s));
    const auto security = plugin(admission, "PodSecurity");
    CHECK(security.find("defaults")->find("enforce")->text == config::to_string(level));
    CHECK(security.find("defaults")->find("warn")->text == "restricted");
    const auto& exempt = security.find("exemptions")->find("namespaces")->items;
    REQUIRE(exempt.size() == 2);
    CHECK(exempt[0].text == "kube-system");
    CHECK(exempt[1].text == "ingress-nginx");
  }
}

TEST_CASE("k3s admission: EventRateLimit has limits, or the API server would not start",
          "[k3s][render]") {
  const auto admission = parse(render_admission({}));
  const auto rate = plugin(admission, "EventRateLimit");
  const auto& limits = rate.find("limits")->items;
  REQUIRE_FALSE(limits.empty());
  for (const auto& limit : limits) {
    CHECK(std::stoi(limit.find("qps")->text) > 0);
    CHECK(std::stoi(limit.find("burst")->text) > 0);
  }
}

TEST_CASE("k3s audit: what has no user is never left out, so that bans can be made of it",
          "[k3s][render]") {
  const auto policy = parse(render_audit_policy());
  const auto& rules = policy.find("rules")->items;
  REQUIRE(std::ranges::any_of(rules, is_none));
  for (const auto& rule : rules) {
    if (is_none(rule)) CHECK((rule.find("users") != nullptr || rule.find("userGroups") != nullptr));
  }
  CHECK(rules.back().entries.size() == 1);  // whatever else
  CHECK(rules.back().find("level")->text == "Metadata");
}

TEST_CASE("k3s audit: secrets are logged before anything is left out, and never with a body",
          "[k3s][render]") {
  const auto policy = parse(render_audit_policy());
  const auto& rules = policy.find("rules")->items;
  const auto names_secrets = [](const sys::Yaml& rule) {
    const auto leaves = rule.leaves();
    return std::ranges::any_of(leaves, [](const auto* leaf) { return leaf->text == "secrets"; });
  };
  const auto secrets = std::ranges::find_if(rules, names_secrets);
  REQUIRE(secrets != rules.end());
  CHECK(secrets->find("level")->text == "Metadata");
  CHECK(secrets < std::ranges::find_if(rules, is_none));
  for (const auto& rule : rules) {
    const auto& level = rule.find("level")->text;
    if (level == "None" || level == "Metadata") continue;
    const auto& resources = rule.find("resources")->items;
    REQUIRE(resources.size() == 1);
    CHECK(resources[0].find("group")->text == "rbac.authorization.k8s.io");
  }
}

TEST_CASE("k3s network policies: closed from outside, open for the packaged parts that are there",
          "[k3s][render]") {
  const std::vector<std::string> closed = {"default/kgnode-within-namespace",
                                           "kube-public/kgnode-within-namespace",
                                           "kube-system/kgnode-within-namespace"};
  config::K3s k3s;
  k3s.disable = {"coredns", "metrics-server", "servicelb", "traefik", "local-storage"};
  CHECK(names(k3s) == closed);
  const std::pair<const char*, const char*> openings[] = {
      {"coredns", "kube-system/kgnode-dns"},
      {"metrics-server", "kube-system/kgnode-metrics-server"},
      {"servicelb", "kube-system/kgnode-servicelb"},
      {"traefik", "kube-system/kgnode-traefik"},
  };
  for (const auto& [part, name] : openings) {
    auto one = k3s;
    std::erase(one.disable, part);
    auto expected = closed;
    expected.emplace_back(name);
    CHECK(names(one) == expected);
  }
}

TEST_CASE("k3s network policies: only the own namespace may come in by default", "[k3s][render]") {
  for (const auto& document : parse_documents(render_network_policies({}))) {
    const auto* spec = document.find("spec");
    CHECK(spec->find("policyTypes")->items[0].text == "Ingress");
    if (!spec->find("podSelector")->entries.empty()) continue;
    const auto& from = spec->find("ingress")->items.at(0).find("from")->items.at(0);
    CHECK(from.find("namespaceSelector")->find("matchLabels")->entries[0].value.text ==
          document.find("metadata")->find("namespace")->text);
  }
}
