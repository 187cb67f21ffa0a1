#pragma once
/// Sockets that systemd opened for us (sd_listen_fds(3)).
#include <string_view>

#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {

/// By its FileDescriptorName=; empty: systemd handed none of this name. To be called before
/// anybody else takes the sockets.
UniqueFd take_handed_socket(std::string_view name);

}  // namespace kgnode::sys
