/// Files of /proc and what systemctl prints: each parser takes every text, and what it gives adds
/// up.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/base/text.hpp"
#include "agent/health/parse_proc.hpp"

using namespace kgnode;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto memory = health::parse_meminfo(text); memory && memory->available > memory->total)
    std::abort();
  if (const auto pressure = health::parse_pressure(text);
      pressure && !std::isfinite(pressure->some.share))
    std::abort();
  if (const auto load = health::parse_loadavg(text); load && !std::isfinite(load->fifteen))
    std::abort();
  if (const auto time = health::parse_stat(text); time && time->processors == 0) std::abort();
  (void)health::parse_named(text, "oom_kill");
  for (const auto& unit : health::parse_units(text)) {
    if (printable(unit) != unit) std::abort();
  }
  for (const auto protocol : {Protocol::tcp, Protocol::udp}) {
    for (const auto& waiting : health::parse_sockets(text, protocol)) {
      if (waiting.port.first == 0 || waiting.port.protocol != protocol) std::abort();
    }
  }
  return 0;
}
