/// Sockets that systemd opened for us.
#include "agent/sys/handed_socket.hpp"

#include <cstdlib>

#include <systemd/sd-daemon.h>

namespace kgnode::sys {

UniqueFd take_handed_socket(std::string_view name) {
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(/*unset_environment=*/0, &names);
  UniqueFd found;
  for (int i = 0; i < count; ++i) {
    if (names[i] == name) found.reset(SD_LISTEN_FDS_START + i);
    std::free(names[i]);
  }
  std::free(static_cast<void*>(names));
  return found;
}

}  // namespace kgnode::sys
