#pragma once
/// The certificates that K3s renews when it starts, and only then: when it is to be restarted for
/// it, and what the doctor says.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"
#include "agent/base/units.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/files.hpp"
#include "k3s/day2/validity.hpp"

namespace kgnode::k3s {

/// When K3s was restarted last to renew them, in seconds since 1970.
constexpr auto kRenewalRecord = "/var/lib/kgnode/k3s-renewal";

// K3s renews at a start what ends within 120 days, releases before May 2025 within 90: below that
// each does.
constexpr std::chrono::days kRenewWithin(90);
// A month of windows has passed, and it was not renewed.
constexpr std::chrono::days kRenewalFailed(60);
// A restart that renewed nothing, for a CA of the operator's own that ends as well, is not tried
// each night.
constexpr std::chrono::days kNotAgainWithin(7);

struct Certificate {
  std::string path;
  std::optional<Validity> validity;  // nullopt: it cannot be understood
  bool operator==(const Certificate&) const = default;
};

struct CertificateFacts {
  std::vector<Certificate> found;
  std::optional<std::chrono::sys_seconds> restarted;  // kRenewalRecord
  std::chrono::sys_seconds now;
};

/// All but those of authorities, which live for ten years and which K3s does not renew.
Result<CertificateFacts> read_certificate_facts(sys::Files& files, std::chrono::sys_seconds now);

/// A restart would renew some, and none was tried lately.
bool is_renewal_due(const CertificateFacts& facts);

/// Whether a node may restart K3s now. Servers take turns by their place in the list, so that two
/// never do at once, also when neither can see that the other does. `server`: our address when we
/// are one.
bool is_our_turn(const DayWindow& window, const std::vector<Address>& servers,
                 const std::optional<Address>& server, std::chrono::sys_seconds now);

core::Finding certificate_finding(const CertificateFacts& facts, const DayWindow& window);

}  // namespace kgnode::k3s
