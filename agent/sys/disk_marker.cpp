/// Our marker: magic, version, length of the text, text, zeros, and a hash of all of it.
#include "agent/sys/disk_marker.hpp"

#include <algorithm>
#include <cstring>
#include <format>

#include <sodium.h>

#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

constexpr std::string_view kMagic("KGNODE-DISK\0", 12);
constexpr std::byte kVersion{1};
constexpr std::size_t kVersionAt = kMagic.size();
constexpr std::size_t kLengthAt = kVersionAt + 2;  // little endian, two bytes
constexpr std::size_t kTextAt = kLengthAt + 2;
constexpr std::size_t kHashSize = crypto_generichash_BYTES;
constexpr std::size_t kHashAt = Disks::kMarkerSize - kHashSize;
static_assert(kHashAt - kTextAt == Disks::kMarkerTextMax);

using Sector = std::span<const std::byte, Disks::kMarkerSize>;
using Hash = std::array<unsigned char, kHashSize>;

Hash hash(Sector sector) {
  Hash digest{};
  (void)crypto_generichash(digest.data(), digest.size(),
                           reinterpret_cast<const unsigned char*>(sector.data()), kHashAt, nullptr,
                           0);  // fails for a wrong size only
  return digest;
}

std::string text_in(Sector sector, std::size_t at, std::size_t length) {
  return {reinterpret_cast<const char*>(sector.data()) + at, length};
}

}  // namespace

Result<MarkerSector> make_disk_marker(std::string_view text) {
  if (text.empty() || text.size() > Disks::kMarkerTextMax || printable(text) != text) {
    return fail(Error::plain(
        std::format("the marker of a disk is one printable line of at most {} bytes, not {}",
                    Disks::kMarkerTextMax, quote(text.substr(0, 80)))));
  }
  MarkerSector sector{};
  std::memcpy(sector.data(), kMagic.data(), kMagic.size());
  sector[kVersionAt] = kVersion;
  sector[kLengthAt] = static_cast<std::byte>(text.size() & 0xffU);
  sector[kLengthAt + 1] = static_cast<std::byte>(text.size() >> 8U);
  std::memcpy(sector.data() + kTextAt, text.data(), text.size());
  const auto digest = hash(sector);
  std::memcpy(sector.data() + kHashAt, digest.data(), digest.size());
  return sector;
}

std::string parse_disk_marker(Sector sector) {
  if (text_in(sector, 0, kMagic.size()) != kMagic) return {};
  const auto length = std::to_integer<std::size_t>(sector[kLengthAt]) |
                      std::to_integer<std::size_t>(sector[kLengthAt + 1]) << 8U;
  const auto digest = hash(sector);
  const bool sound = sector[kVersionAt] == kVersion && sector[kVersionAt + 1] == std::byte{} &&
                     length > 0 && length <= Disks::kMarkerTextMax &&
                     std::memcmp(digest.data(), sector.data() + kHashAt, digest.size()) == 0;
  auto text = sound ? text_in(sector, kTextAt, length) : std::string(Disks::kMarkerDamaged);
  // The hash has no key: whoever can write the disk can write any text.
  return printable(text) == text ? text : std::string(Disks::kMarkerDamaged);
}

}  // namespace kgnode::sys
