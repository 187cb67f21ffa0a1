#pragma once
/// Who a data disk belongs to: identifiers made from the node's name, and the marker on the disk.
/// A node that is set up anew under its old name knows its disk again.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kgnode::storage {

/// Lower-case UUIDs (RFC 9562, version 8), the same for the same name on every machine.
struct Identity {
  std::string disk;
  std::string partition;
  std::string container;  // of the encryption, if there is one
  std::string file_system;
};
Identity make_identity(std::string_view node);

/// `preparing`: what is on the disk was begun by us and never mounted, so it may be done again.
/// `ready`: there is data, or may be.
enum class Progress : std::uint8_t { preparing, ready };

struct Marker {
  std::string node;
  Progress progress = Progress::preparing;
  bool operator==(const Marker&) const = default;
};
std::string to_text(const Marker& marker);
/// nullopt: not one of ours.
std::optional<Marker> parse_marker(std::string_view text);

}  // namespace kgnode::storage
