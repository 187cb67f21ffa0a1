/// A marker that reads as a text is the one that is made of that text.
#include "agent/sys/disk_marker.hpp"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode::sys;
  MarkerSector sector{};
  std::ranges::copy(std::as_bytes(std::span(data, std::min(size, sector.size()))), sector.begin());
  const auto text = parse_disk_marker(sector);
  if (text.empty() || text == Disks::kMarkerDamaged) return 0;
  const auto again = make_disk_marker(text);
  if (!again || parse_disk_marker(*again) != text) std::abort();
  return 0;
}
