#include "k3s/cis/cis.hpp"

#include <algorithm>
#include <set>

#include "agent/base/text.hpp"
#include "agent/sys/yaml.hpp"
#include "k3s/cis/checks.hpp"
#include "tests/support/k3s_config.hpp"

using namespace kgnode;
using namespace kgnode::k3s;
using core::FindingKind;

namespace {

core::Finding finding(const CisObserved& seen, const std::string& id) {
  for (const auto& one : cis_findings(seen)) {
    if (one.id == "k3s.cis." + id) return one;
  }
  FAIL("no finding " << id);
  return {};
}

FindingKind judge_argument(const std::string& id, const std::string& argument) {
  CisObserved seen{.role = config::Role::control_plane};
  auto& arguments = seen.arguments["kube-apiserver"];
  if (!argument.empty()) arguments.push_back(argument);
  return finding(seen, id).kind;
}

constexpr auto kAdmin = "/var/lib/rancher/k3s/server/cred/admin.kubeconfig";

}  // namespace

TEST_CASE("k3s cis: the table is read whole, and each check has a verb that is known", "[cis]") {
  const std::set<std::string_view> verbs = {"present", "absent", "zero",  "has",     "lacks",
                                            "is",      "not",    "among", "at-least"};
  REQUIRE(parse_checks(cis_table()));
  CHECK(cis_checks().size() > 50);
  for (const auto& check : cis_checks()) {
    INFO(check.id);
    if (check.kind == CisKind::argument) {
      CHECK(verbs.contains(split(check.expected, ' ')[0]));
      CHECK(split(check.subject, ' ').size() == 2);
    } else {
      CHECK(check.subject.starts_with("/var/lib/"));
      CHECK((check.kind == CisKind::owner ? check.expected == "root:root"
                                          : parse_int<unsigned>(check.expected, 8).has_value()));
    }
  }
}

TEST_CASE("k3s cis: a table that says what nobody knows is refused", "[cis]") {
  const std::string head = "id\trole\tkind\tsubject\texpected\ttitle\tremedy\tdeviation\n";
  const std::string row = "1.1\tserver\tmode\t/a\t600\ttitle\tremedy\t-\n";
  CHECK(parse_checks(head + row));
  CHECK_FALSE(parse_checks(head + row + row));
  CHECK_FALSE(parse_checks(head + "1.1\tserver\tsize\t/a\t600\ttitle\tremedy\t-\n"));
  CHECK_FALSE(parse_checks(head + "1.1\tguest\tmode\t/a\t600\ttitle\tremedy\t-\n"));
}

TEST_CASE("k3s cis: a file may be closed further, and not opened", "[cis]") {
  const struct {
    mode_t mode;
    FindingKind kind;
  } rows[] = {{0600, FindingKind::pass}, {0400, FindingKind::pass}, {0, FindingKind::pass},
              {0640, FindingKind::gap},  {0604, FindingKind::gap},  {0700, FindingKind::gap},
              {04600, FindingKind::gap}};
  for (const auto& [mode, kind] : rows) {
    INFO(mode);
    const CisObserved seen{.role = config::Role::control_plane, .files = {{kAdmin, mode, 0, 0}}};
    CHECK(finding(seen, "1.1.13").kind == kind);
  }
}

TEST_CASE("k3s cis: a gap names the file that is one and what to type", "[cis]") {
  const CisObserved seen{.role = config::Role::control_plane,
                         .files = {{"/var/lib/rancher/k3s/server/tls/a.crt", 0600, 0, 0},
                                   {"/var/lib/rancher/k3s/server/tls/b.crt", 0644, 0, 0},
                                   {"/var/lib/rancher/k3s/server/tls/etcd/c.crt", 0666, 0, 0},
                                   {kAdmin, 0600, 0, 12}}};
  const auto gap = finding(seen, "1.1.20");
  CHECK(gap.kind == FindingKind::gap);
  CHECK(gap.text == "certificates: permissions: /var/lib/rancher/k3s/server/tls/b.crt is 0644");
  CHECK(gap.remedy == "chmod 600 /var/lib/rancher/k3s/server/tls/*.crt");
  CHECK(finding(seen, "1.1.14").kind == FindingKind::gap);
  CHECK(finding(seen, "1.1.13").remedy.empty());
}

TEST_CASE("k3s cis: the lock of the container network does not count", "[cis]") {
  const std::string folder = "/var/lib/cni/networks/cbr0/";
  CisObserved seen{.role = config::Role::control_plane, .files = {{folder + "lock", 0640, 0, 0}}};
  CHECK(finding(seen, "1.1.9").kind == FindingKind::not_applicable);
  seen.files.push_back({folder + "10.42.0.2", 0644, 0, 0});
  CHECK(finding(seen, "1.1.9").kind == FindingKind::gap);
}

TEST_CASE("k3s cis: what was not seen is unknown and never a pass", "[cis]") {
  for (const auto role : {config::Role::control_plane, config::Role::worker}) {
    for (const auto& one : cis_findings({.role = role})) {
      INFO(one.id);
      const bool may_be_empty = one.id == "k3s.cis.1.1.9" || one.id == "k3s.cis.1.1.10";
      CHECK(one.kind == (may_be_empty ? FindingKind::not_applicable : FindingKind::unknown));
      CHECK(one.remedy.empty() == may_be_empty);
    }
  }
}

TEST_CASE("k3s cis: a worker is not asked for what only servers have", "[cis]") {
  const auto of_worker = cis_findings({.role = config::Role::worker});
  CHECK(of_worker.size() < cis_findings({.role = config::Role::control_plane}).size());
  CHECK(std::ranges::all_of(of_worker,
                            [](const auto& one) { return one.id.starts_with("k3s.cis.4."); }));
  for (const auto& path : cis_paths(config::Role::worker)) CHECK_FALSE(path.contains("/server/"));
}

TEST_CASE("k3s cis: each kind of demand on an argument", "[cis]") {
  const struct {
    const char* id;
    const char* argument;
    FindingKind kind;
  } rows[] = {
      {"1.2.1", "anonymous-auth=false", FindingKind::pass},
      {"1.2.1", "anonymous-auth=true", FindingKind::gap},
      {"1.2.1", "", FindingKind::gap},
      {"1.2.2", "", FindingKind::pass},
      {"1.2.2", "token-auth-file=/x", FindingKind::gap},
      {"1.2.4", "kubelet-client-certificate=/x", FindingKind::gap},  // and no key
      {"1.2.6", "authorization-mode=Node,RBAC", FindingKind::pass},
      {"1.2.6", "authorization-mode=AlwaysAllow", FindingKind::gap},
      {"1.2.8", "authorization-mode=Node,RBAC", FindingKind::pass},
      {"1.2.8", "authorization-mode=Node,RBACs", FindingKind::gap},
      {"1.2.17", "audit-log-maxage=30", FindingKind::pass},
      {"1.2.17", "audit-log-maxage=29", FindingKind::gap},
      {"1.2.17", "audit-log-maxage=many", FindingKind::gap},
      {"1.2.21", "", FindingKind::pass},
      {"1.2.21", "service-account-lookup=false", FindingKind::gap},
      {"1.2.29", "tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", FindingKind::pass},
      {"1.2.29", "tls-cipher-suites=TLS_RSA_WITH_AES_128_CBC_SHA", FindingKind::gap},
  };
  for (const auto& [id, argument, kind] : rows) {
    INFO(id << " " << argument);
    CHECK(judge_argument(id, argument) == kind);
  }
}

TEST_CASE("k3s cis: a deviation is an item with its reason, and no finding", "[cis]") {
  CisObserved seen{.role = config::Role::control_plane};
  seen.arguments["kube-apiserver"] = {"enable-admission-plugins=NodeRestriction"};
  const auto items = cis_items(seen.role, seen);
  const auto item = std::ranges::find(items, "k3s.cis.1.2.11", &core::Item::id);
  REQUIRE(item != items.end());
  CHECK(item->kind == FindingKind::gap);
  CHECK_FALSE(item->deviation.empty());
  CHECK_FALSE(std::ranges::contains(cis_findings(seen), "k3s.cis.1.2.11", &core::Finding::id));
  seen.arguments["kube-apiserver"] = {"enable-admission-plugins=AlwaysPullImages"};
  const auto met = cis_items(seen.role, seen);
  const auto now = std::ranges::find(met, "k3s.cis.1.2.11", &core::Item::id);
  CHECK(now->kind == FindingKind::pass);
  CHECK(now->deviation.empty());
}

TEST_CASE("k3s cis: what the kubelet reads from files counts where no flag is given", "[cis]") {
  const std::vector<std::string> files = {
      "authentication:\n  anonymous:\n    enabled: true\n  x509:\n    clientCAFile: /ca\n"
      "authorization:\n  mode: Webhook\ntlsCipherSuites:\n"
      "- TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n- TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305\n",
      "authentication:\n  anonymous:\n    enabled: false\n"};
  const auto settings = cis_settings(files);
  REQUIRE(settings);
  CHECK(*settings == std::vector<std::string>{
                         "authentication.anonymous.enabled=false",
                         "authentication.x509.clientCAFile=/ca", "authorization.mode=Webhook",
                         "tlsCipherSuites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                         "tlsCipherSuites=TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305"});
  CisObserved seen{
      .role = config::Role::worker, .files = {}, .arguments = {{"kubelet", *settings}}};
  for (const auto* id : {"4.2.1", "4.2.2", "4.2.3", "4.2.12"}) {
    INFO(id);
    CHECK(finding(seen, id).kind == FindingKind::pass);
  }
  CHECK(finding(seen, "4.2.9").kind == FindingKind::gap);
  CHECK(finding(seen, "4.2.1").text.ends_with("with authentication.anonymous.enabled=false"));
  seen.arguments["kubelet"].emplace_back("anonymous-auth=true");
  CHECK(finding(seen, "4.2.1").kind == FindingKind::gap);
  CHECK(finding(seen, "4.2.1").text.ends_with("with --anonymous-auth=true"));
  CHECK_FALSE(cis_settings(std::vector<std::string>{"a: [\n"}));
}

TEST_CASE("k3s cis: etcd by the file that K3s writes for it", "[cis]") {
  const std::string tls = "/var/lib/rancher/k3s/server/tls/etcd/";
  const auto judge = [](const std::string& id, const std::string& file) {
    CisObserved seen{.role = config::Role::control_plane};
    seen.arguments["etcd"] = *cis_settings(std::vector{file});
    return finding(seen, id).kind;
  };
  const auto half = [&tls](const std::string& name, const std::string& file) {
    return name + "-transport-security:\n  cert-file: " + tls + file + ".crt\n  key-file: " + tls +
           file + ".key\n  client-cert-auth: true\n  trusted-ca-file: " + tls +
           (name == "peer" ? "peer-ca.crt\n" : "server-ca.crt\n");
  };
  const auto whole = half("client", "server-client") + half("peer", "peer-server-client");
  for (const auto* id : {"2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7"}) {
    INFO(id);
    CHECK(judge(id, whole) == FindingKind::pass);
  }
  CHECK(judge("2.1", half("peer", "x")) == FindingKind::gap);
  CHECK(judge("2.2", "client-transport-security:\n  client-cert-auth: false\n") ==
        FindingKind::gap);
  CHECK(judge("2.6", "peer-transport-security:\n  auto-tls: true\n") == FindingKind::gap);
  CHECK(judge("2.7", "peer-transport-security:\n  trusted-ca-file: " + tls + "server-ca.crt\n") ==
        FindingKind::gap);
}

TEST_CASE("k3s cis: the first provider is what new secrets are written with", "[cis]") {
  const auto judge = [](const std::string& providers) {
    const auto read =
        cis_encryption(R"({"kind":"EncryptionConfiguration","resources":[{"resources":)"
                       R"(["secrets"],"providers":[)" +
                       providers + "]}]}");
    REQUIRE(read);
    for (const auto& text : *read) CHECK_FALSE(text.contains("c2VjcmV0"));
    return finding({.role = config::Role::control_plane,
                    .files = {},
                    .arguments = {{"kube-apiserver", *read}}},
                   "1.2.28")
        .kind;
  };
  const std::string keyed = R"({"secretbox":{"keys":[{"name":"a","secret":"c2VjcmV0"}]}})";
  const std::string clear = R"({"identity":{}})";
  CHECK(judge(keyed + "," + clear) == FindingKind::pass);
  CHECK(judge(clear + "," + keyed) == FindingKind::gap);
  CHECK(judge("") == FindingKind::gap);
}

TEST_CASE("k3s cis: the line of K3s' log has the arguments", "[cis]") {
  CHECK(cis_arguments("time=\"2026-01-01\" level=info msg=\"Running kube-apiserver "
                      "--anonymous-auth=false --profiling=false\"") ==
        std::vector<std::string>{"anonymous-auth=false", "profiling=false"});
  CHECK(cis_arguments("level=info msg=\"Starting k3s\"").empty());
}

TEST_CASE("k3s cis: what is rendered meets what the benchmark leaves to the configuration",
          "[cis]") {
  const auto config = test::load_valid(test::cluster_text({}));
  const auto files = render({.config = config, .interface = "ens4", .start = Start::initialise});
  const auto parsed = sys::parse_yaml(test::text_of(files, kConfigFile));
  REQUIRE(parsed);
  CisObserved seen{.role = config::Role::control_plane};
  for (const std::string program : {"kube-apiserver", "kube-controller-manager", "kubelet"}) {
    for (const auto& item : parsed->find(program + "-arg")->items)
      seen.arguments[program].push_back(item.text);
  }
  for (const auto* id :
       {"1.2.3", "1.2.9", "1.2.10", "1.2.14", "1.2.16", "1.2.17", "1.2.18", "1.2.19", "1.2.20",
        "1.3.1", "3.2.1", "4.2.5", "4.2.12", "4.2.13", "4.2.14"}) {
    INFO(id);
    CHECK(finding(seen, id).kind == FindingKind::pass);
  }
}

TEST_CASE("k3s cis: reports have each check by its id, unknown until K3s has run here", "[cis]") {
  for (const auto role : {config::Role::control_plane, config::Role::worker}) {
    const auto before = cis_items(role, std::nullopt);
    const auto findings = cis_findings({.role = role});
    for (const auto& finding : findings)
      CHECK(std::ranges::contains(before, finding.id, &core::Item::id));
    for (const auto& item : before) {
      CHECK(item.rules == "CIS-K3s " + item.id.substr(std::string_view("k3s.cis.").size()));
      CHECK(item.kind == FindingKind::unknown);
      CHECK_FALSE(item.remedy.empty());
    }
  }
  const CisObserved seen{.role = config::Role::worker,
                         .files = {{"/var/lib/rancher/k3s/agent/client-ca.crt", 0644, 0, 0}},
                         .arguments = {}};
  const auto items = cis_items(config::Role::worker, seen);
  const auto found = std::ranges::find(items, "k3s.cis.4.1.7", &core::Item::id);
  REQUIRE(found != items.end());
  CHECK(found->kind == FindingKind::gap);
  CHECK(found->evidence.contains("0644"));
  CHECK_FALSE(found->remedy.empty());
}
