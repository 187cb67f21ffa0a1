#pragma once
/// The listening socket of the admin API.
#include <string>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::api {

inline constexpr const char* kSocketPath = "/run/kgnode/admin.sock";

/// The socket that systemd holds for us (kgnode.socket), or else one of our own at `path`.
/// Everybody may connect (0666): a file has one group and we have two, so the peer's credentials
/// decide, and a stranger gets a clear refusal rather than "permission denied".
Result<UniqueFd> open_admin_socket(const std::string& path = kSocketPath);

}  // namespace kgnode::api
