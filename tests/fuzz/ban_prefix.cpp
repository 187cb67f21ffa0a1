/// Prefixes of lines: what is left is a part of the line, and joined parts stay within their limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/base/text.hpp"
#include "hardening/ban/line_time.hpp"
#include "hardening/ban/prefix.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode::hardening::ban;
  CriJoiner joiner;
  const Time now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
  for (const auto line : kgnode::split({reinterpret_cast<const char*>(data), size}, '\n')) {
    const auto time = read_line_time(line, now);
    if (time && std::chrono::abs(*time - now) > std::chrono::years(200)) std::abort();
    if (const auto syslog = strip_syslog(line)) {
      if (syslog->program.empty() || syslog->program.contains(' ')) std::abort();
      if (!line.ends_with(syslog->message)) std::abort();
    }
    const auto cri = strip_cri(line);
    if (!cri) continue;
    if (!line.ends_with(cri->message)) std::abort();
    const auto whole = joiner.add(*cri);
    if (whole && (cri->partial || !whole->ends_with(cri->message))) std::abort();
  }
  return 0;
}
