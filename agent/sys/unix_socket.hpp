#pragma once
/// Sockets with a name in the file system (unix(7)).
#include <sys/types.h>

#include <string>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {

/// Gives `socket` (AF_UNIX, of any type) the name `path` and the file there this mode. A socket
/// file that nobody holds any more is replaced; a held one, another file or a path of more than 107
/// bytes is an error.
Result<> bind_unix_socket(const UniqueFd& socket, const std::string& path, mode_t mode);

}  // namespace kgnode::sys
