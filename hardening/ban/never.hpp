#pragma once
/// Who is never banned, and why.
#include <optional>
#include <string>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/config/config.hpp"

namespace kgnode::hardening::ban {

struct Never {
  Prefix network;
  std::string reason;  // "admin.from", "the vRack"
  bool operator==(const Never&) const = default;
};

/// `own`: the addresses of this node. A network of length 0 protects nobody: it would protect all.
std::vector<Never> make_never_list(const config::Config& config, const std::vector<Address>& own);

/// The entry that a ban of `source` would hit, whole or in part.
const Never* find_never(const std::vector<Never>& list, const Prefix& source);

}  // namespace kgnode::hardening::ban
