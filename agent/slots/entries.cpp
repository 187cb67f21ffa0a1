/// Files of the boot partition, one for each slot.
#include "agent/slots/entries.hpp"

#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "agent/slots/manifest.hpp"

namespace kgnode::slots {
namespace {

constexpr std::string_view kPrefix = "kgnode_";
constexpr std::string_view kSuffix = ".efi";

}  // namespace

std::optional<Entry> parse_entry(std::string_view file) {
  // FAT keeps the case of a name, and some firmware writes it back in capitals.
  const auto name = to_lower(file);
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  std::string_view middle = name;
  middle = middle.substr(kPrefix.size(), middle.size() - kPrefix.size() - kSuffix.size());
  const auto plus = middle.find('+');
  Entry entry{.version = std::string(middle.substr(0, plus)), .tries_left = std::nullopt};
  if (!is_version(entry.version)) return std::nullopt;
  if (plus == std::string_view::npos) return entry;
  const auto counters = middle.substr(plus + 1);
  const auto dash = counters.find('-');
  entry.tries_left = parse_int<unsigned>(counters.substr(0, dash));
  if (!entry.tries_left) return std::nullopt;
  if (dash == std::string_view::npos) return entry;
  const auto done = parse_int<unsigned>(counters.substr(dash + 1));
  if (!done) return std::nullopt;
  entry.tries_done = *done;
  return entry;
}

std::string to_file(const Entry& entry) {
  auto name = std::format("{}{}", kPrefix, entry.version);
  if (entry.tries_left) name += std::format("+{}", *entry.tries_left);
  if (entry.tries_left && entry.tries_done > 0) name += std::format("-{}", entry.tries_done);
  return name + std::string(kSuffix);
}

const Entry* find_entry(std::span<const Entry> entries, std::string_view version) {
  const auto found = std::ranges::find(entries, version, &Entry::version);
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace kgnode::slots
