/// Journal or terminal.
#include "agent/sys/log.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <format>
#include <print>
#include <vector>

#include <systemd/sd-journal.h>

namespace kgnode::sys {

void log(Level level, std::string_view message, Fields fields) {
  if (::isatty(STDERR_FILENO) == 1) {
    std::println(stderr, "kgnode: {}", message);
    return;
  }
  std::vector<std::string> lines = {std::format("PRIORITY={}", static_cast<int>(level)),
                                    std::format("MESSAGE={}", message), "SYSLOG_IDENTIFIER=kgnode"};
  for (const auto& [name, value] : fields) lines.push_back(std::format("{}={}", name, value));
  std::vector<iovec> parts;
  parts.reserve(lines.size());
  for (auto& line : lines) parts.push_back({line.data(), line.size()});
  (void)::sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));  // nowhere left to tell
}

}  // namespace kgnode::sys
