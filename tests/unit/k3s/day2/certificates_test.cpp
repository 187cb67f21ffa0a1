/// When K3s is restarted for its certificates, and what the doctor says of them.
#include "k3s/day2/certificates.hpp"

#include <format>

#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"

using namespace kgnode;
using namespace std::chrono_literals;
using core::FindingKind;
using std::chrono::days, std::chrono::sys_seconds;

namespace {

constexpr sys_seconds kNow = std::chrono::sys_days(std::chrono::year(2026) / 10 / 1) + 12h;
const DayWindow kWindow{.from = 2h, .until = 5h};

std::string certificate(const char* name) {
  sys::RealFiles files;
  return files.read(std::string(TEST_DATA "/k3s/certificates/") + name, 1U << 16U).value().value();
}

k3s::CertificateFacts ending_in(std::vector<days> left) {
  k3s::CertificateFacts facts{.now = kNow};
  for (const auto each : left)
    facts.found.push_back(
        {.path = std::format("in-{}", each.count()),
         .validity = k3s::Validity{.from = kNow - 300 * 24h, .until = kNow + each}});
  return facts;
}

}  // namespace

TEST_CASE(
    "k3s certificates: the dates of the first certificate of a file are read, of both forms") {
  const auto validity = k3s::parse_validity(certificate("utc.crt"));
  REQUIRE(validity);
  CHECK(validity->from == std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
  CHECK(validity->until == std::chrono::sys_days(std::chrono::year(2027) / 1 / 1));
  const auto late = k3s::parse_validity(certificate("generalized.crt"));
  REQUIRE(late);
  CHECK(late->until ==
        std::chrono::sys_days(std::chrono::year(2051) / 12 / 31) + 23h + 59min + 58s);
}

TEST_CASE("k3s certificates: what is none, or is cut off, has no dates") {
  CHECK_FALSE(k3s::parse_validity(""));
  CHECK_FALSE(k3s::parse_validity("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"));
  CHECK_FALSE(k3s::parse_validity("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"));
  const auto whole = certificate("generalized.crt");
  CHECK_FALSE(k3s::parse_validity(whole.substr(0, whole.size() / 2)));
}

TEST_CASE("k3s certificates: those of authorities are not looked at, and damage is unknown") {
  test::FakeFiles files;
  files.files["/var/lib/rancher/k3s/agent/client-kubelet.crt"] = certificate("utc.crt");
  files.files["/var/lib/rancher/k3s/agent/client-ca.crt"] = "anything";
  files.files["/var/lib/rancher/k3s/server/tls/client-ca.nochain.crt"] = "anything";
  files.files["/var/lib/rancher/k3s/server/tls/client-admin.key"] = "anything";
  files.files["/var/lib/rancher/k3s/server/tls/etcd/client.crt"] = certificate("utc.crt");
  auto facts = k3s::read_certificate_facts(files, kNow).value();
  CHECK(facts.found.size() == 2);
  CHECK(k3s::certificate_finding(facts, kWindow).kind == FindingKind::pass);
  files.files["/var/lib/rancher/k3s/server/tls/etcd/client.crt"] = "anything";
  facts = k3s::read_certificate_facts(files, kNow).value();
  const auto finding = k3s::certificate_finding(facts, kWindow);
  CHECK(finding.kind == FindingKind::unknown);
  CHECK(finding.text.contains("etcd/client.crt"));
  CHECK(k3s::certificate_finding({.now = kNow}, kWindow).kind == FindingKind::unknown);
}

TEST_CASE("k3s certificates: the doctor says the days that are left, and fails when it is late") {
  struct Case {
    days left;
    FindingKind kind;
    const char* says;
  };
  for (const auto& [left, kind, says] :
       {Case{days(300), FindingKind::pass, "300 days are left"},
        Case{days(89), FindingKind::pass, "between 02:00-05:00 UTC"},
        Case{days(59), FindingKind::gap, "59 days are left"},
        Case{days(-3), FindingKind::gap, "ended 2 days ago"}}) {
    const auto finding = k3s::certificate_finding(ending_in({days(310), left}), kWindow);
    CAPTURE(left.count(), finding.text);
    CHECK(finding.kind == kind);
    CHECK(finding.text.contains(says));
    CHECK(finding.remedy.empty() == (kind == FindingKind::pass));
  }
}

TEST_CASE("k3s certificates: a renewal is due below 90 days, and not again within a week") {
  CHECK_FALSE(k3s::is_renewal_due(ending_in({})));
  CHECK_FALSE(k3s::is_renewal_due(ending_in({days(90), days(300)})));
  auto facts = ending_in({days(300), days(89)});
  CHECK(k3s::is_renewal_due(facts));
  facts.restarted = kNow - days(6);
  CHECK_FALSE(k3s::is_renewal_due(facts));
  facts.restarted = kNow - days(7);
  CHECK(k3s::is_renewal_due(facts));
  facts.restarted = kNow + days(400);
  CHECK(k3s::is_renewal_due(facts));
}

TEST_CASE("k3s certificates: each server has a part of the window, and no two the same minute") {
  const std::vector<Address> servers = {*parse_address("10.0.0.11"), *parse_address("10.0.0.12"),
                                        *parse_address("10.0.0.13")};
  const auto midnight = std::chrono::floor<days>(kNow);
  for (const DayWindow window : {kWindow, DayWindow{.from = 23h, .until = 1h}}) {
    auto in_turn = 0;
    for (auto minute = 0min; minute < days(1); ++minute) {
      const auto now = midnight + minute + 59s;
      const bool worker = k3s::is_our_turn(window, servers, std::nullopt, now);
      const auto count = std::ranges::count_if(servers, [&](const Address& server) {
        return k3s::is_our_turn(window, servers, server, now);
      });
      CHECK(count == (worker ? 1 : 0));
      in_turn += worker ? 1 : 0;
    }
    CHECK(in_turn == window.length().count());
  }
  CHECK_FALSE(k3s::is_our_turn(kWindow, servers, *parse_address("10.0.0.14"), midnight + 2h));
}
