#pragma once
/// Files of the boot partition, one for each slot: "kgnode_1.2.0+2-1.efi" has two tries left and
/// one behind it, "kgnode_1.2.0.efi" is good (UAPI.1, boot counting).
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kgnode::slots {

struct Entry {
  std::string version;
  std::optional<unsigned> tries_left;  // none: it is good
  unsigned tries_done = 0;
  bool operator==(const Entry&) const = default;

  bool is_good() const { return !tries_left; }
  bool has_failed() const { return tries_left == 0U; }
};

/// nullopt: no file of ours.
std::optional<Entry> parse_entry(std::string_view file);
std::string to_file(const Entry& entry);

/// The one of this version; null when there is none.
const Entry* find_entry(std::span<const Entry> entries, std::string_view version);

}  // namespace kgnode::slots
