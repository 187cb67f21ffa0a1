/// What is known of K3s' certificates, and what follows.
#include "k3s/day2/certificates.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode::k3s {
namespace {

using core::Finding;
using core::FindingKind;
using std::chrono::days;

constexpr std::array<std::string_view, 5> kFolders = {
    "/var/lib/rancher/k3s/server/tls", "/var/lib/rancher/k3s/server/tls/etcd",
    "/var/lib/rancher/k3s/server/tls/kube-controller-manager",
    "/var/lib/rancher/k3s/server/tls/kube-scheduler", "/var/lib/rancher/k3s/agent"};
constexpr std::size_t kFileLimit = std::size_t{64} << 10;
constexpr auto kRestart = "systemctl restart k3s or k3s-agent renews what ends within 120 days";

bool is_leaf(std::string_view name) {
  return name.ends_with(".crt") && !name.contains('/') && !name.contains("-ca.");
}

/// The one that ends first; null: there is none.
const Certificate* first_to_end(const std::vector<Certificate>& all) {
  const Certificate* first = nullptr;
  for (const auto& one : all) {
    if (!one.validity) continue;
    if (first == nullptr || one.validity->until < first->validity->until) first = &one;
  }
  return first;
}

}  // namespace

Result<CertificateFacts> read_certificate_facts(sys::Files& files, std::chrono::sys_seconds now) {
  CertificateFacts facts{.found = {}, .restarted = {}, .now = now};
  for (const auto folder : kFolders) {
    for (const auto& name : TRY(files.list(std::string(folder)))) {
      if (!is_leaf(name)) continue;
      const auto path = std::format("{}/{}", folder, name);
      const auto text = files.read(path, kFileLimit);
      // K3s replaces them while we look.
      if (text && !*text) continue;
      facts.found.push_back(
          {.path = path, .validity = text ? parse_validity(**text) : std::nullopt});
    }
  }
  const auto record = TRY(files.read(kRenewalRecord));
  const auto seconds = record ? parse_int<std::int64_t>(trim(*record)) : std::nullopt;
  if (seconds) facts.restarted = std::chrono::sys_seconds(std::chrono::seconds(*seconds));
  return facts;
}

bool is_renewal_due(const CertificateFacts& facts) {
  const auto* first = first_to_end(facts.found);
  if (first == nullptr || first->validity->until - facts.now >= kRenewWithin) return false;
  if (!facts.restarted) return true;
  // A clock that was ahead then must not put it off for ever.
  const auto since = facts.now - *facts.restarted;
  return since >= kNotAgainWithin || since <= -kNotAgainWithin;
}

bool is_our_turn(const DayWindow& window, const std::vector<Address>& servers,
                 const std::optional<Address>& server, std::chrono::sys_seconds now) {
  auto begin = window.from;
  auto length = window.length();
  if (server) {
    const auto place = std::ranges::find(servers, *server);
    if (place == servers.end()) return false;
    length /= static_cast<int>(servers.size());
    begin += length * (place - servers.begin());
  }
  const auto today = std::chrono::floor<std::chrono::minutes>(now - std::chrono::floor<days>(now));
  return (today - begin + days(2)) % days(1) < length;
}

Finding certificate_finding(const CertificateFacts& facts, const DayWindow& window) {
  Finding finding{.id = "k3s.certificates", .text = {}, .remedy = kRestart};
  const auto odd = std::ranges::find_if(
      facts.found, [](const Certificate& one) { return !one.validity.has_value(); });
  const auto* first = first_to_end(facts.found);
  if (odd != facts.found.end() || first == nullptr) {
    finding.kind = FindingKind::unknown;
    finding.text = odd != facts.found.end()
                       ? std::format("{} holds no certificate that can be understood", odd->path)
                       : "there are no certificates of K3s yet";
    finding.remedy = "k3s certificate check says what K3s thinks of them";
    return finding;
  }
  const auto left = first->validity->until - facts.now;
  const auto in_days = std::chrono::floor<days>(left).count();
  if (left <= std::chrono::seconds(0)) {
    finding.text = std::format("{} ended {} days ago", first->path, -in_days - 1);
    return finding;
  }
  finding.text = std::format("{} days are left until {} ends, the first of {}", in_days,
                             first->path, facts.found.size());
  if (left < kRenewalFailed) return finding;
  if (left < kRenewWithin)
    finding.text +=
        std::format("; K3s is restarted to renew them, between {} UTC", to_string(window));
  finding.kind = FindingKind::pass;
  finding.remedy.clear();
  return finding;
}

}  // namespace kgnode::k3s
