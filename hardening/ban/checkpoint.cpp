/// Lengths before texts, numbers as this machine has them, a version in front.
#include "hardening/ban/checkpoint.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <format>
#include <limits>
#include <type_traits>

namespace kgnode::hardening::ban {
namespace {

constexpr std::uint32_t kVersion = 2;

class Writer {
 public:
  template <class T>
    requires std::is_arithmetic_v<T>
  void put(T value) {
    std::array<char, sizeof value> bytes{};
    std::memcpy(bytes.data(), &value, sizeof value);
    out_.append(bytes.data(), bytes.size());
  }
  void put(const std::string& text) {
    put(static_cast<std::uint32_t>(text.size()));
    out_ += text;
  }
  void reserve(std::size_t more) { out_.reserve(out_.size() + more); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Once something is missing, nothing more comes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
    requires std::is_arithmetic_v<T>
  void get(T& value) {
    if (bytes_.size() < sizeof value) return give_up();
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): it takes the size too
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
  }
  void get(std::string& text) {
    const auto size = count(1);
    text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
  }
  /// How many follow, each of at least so many bytes.
  std::size_t count(std::size_t bytes_each) {
    std::uint32_t number = 0;
    get(number);
    if (number > bytes_.size() / bytes_each) give_up();
    return whole_ ? number : 0;
  }
  bool is_at_end() const { return whole_ && bytes_.empty(); }

 private:
  void give_up() {
    whole_ = false;
    bytes_ = {};
  }

  std::string_view bytes_;
  bool whole_ = true;
};

template <class Stream, class Position>
void carry(Stream move, Position& file) {
  move(file.path);
  move(file.inode);
  move(file.offset);
  move(file.hash);
}

constexpr std::size_t kFileBytes = 24;   // without its texts
constexpr std::size_t kCountBytes = 13;  // without the parts that are not zero, at least

// A flood fills the table every two seconds with sources that were seen once: what is zero is left
// out, which makes 15 bytes of 43.
std::size_t address_size(Family family) { return family == Family::ipv4 ? 4 : 16; }

void put(Writer& out, const Tally::Entry& entry) {
  const auto& address = entry.source.network;
  out.put(static_cast<std::uint8_t>(address.family));
  out.put(entry.source.length);
  out.put(entry.jail);
  out.put(entry.newest);
  for (std::size_t i = 0; i < address_size(address.family); ++i) out.put(address.bytes[i]);
  std::uint16_t present = 0;
  for (std::size_t i = 0; i < entry.parts.size(); ++i) {
    if (entry.parts[i] != 0) present |= static_cast<std::uint16_t>(1U << i);
  }
  out.put(present);
  for (const auto part : entry.parts) {
    if (part != 0) out.put(part);
  }
}

void get(Reader& in, Tally::Entry& entry) {
  auto& address = entry.source.network;
  std::uint8_t family = 0;
  in.get(family);
  in.get(entry.source.length);
  in.get(entry.jail);
  in.get(entry.newest);
  address.family = family == 0 ? Family::ipv4 : Family::ipv6;
  entry.source.length =
      std::min<std::uint8_t>(entry.source.length, static_cast<std::uint8_t>(address.bits()));
  for (std::size_t i = 0; i < address_size(address.family); ++i) in.get(address.bytes[i]);
  std::uint16_t present = 0;
  in.get(present);
  for (std::size_t i = 0; i < entry.parts.size(); ++i) {
    if ((present >> i & 1U) != 0) in.get(entry.parts[i]);
  }
}

void put_places(Writer& out, const Checkpoint& checkpoint) {
  out.put(kVersion);
  out.put(checkpoint.cursor);
  out.put(static_cast<std::uint32_t>(checkpoint.files.size()));
  for (const auto& file : checkpoint.files)
    carry([&out](const auto& value) { out.put(value); }, file);
  out.put(static_cast<std::uint32_t>(checkpoint.jails.size()));
  for (const auto& jail : checkpoint.jails) out.put(jail);
}

}  // namespace

std::string encode(const Checkpoint& checkpoint) {
  Writer out;
  put_places(out, checkpoint);
  out.put(static_cast<std::uint32_t>(checkpoint.counts.size()));
  for (const auto& entry : checkpoint.counts) put(out, entry);
  return out.take();
}

std::string encode(const Checkpoint& places, const Tally& counts) {
  Writer out;
  put_places(out, places);
  out.put(static_cast<std::uint32_t>(counts.size()));
  out.reserve(counts.size() * (kCountBytes + 3));  // most are IPv4 with one part
  counts.for_each([&out](const Tally::Entry& entry) { put(out, entry); });
  return out.take();
}

std::optional<Checkpoint> decode(std::string_view bytes) {
  Reader in(bytes);
  std::uint32_t version = 0;
  in.get(version);
  if (version != kVersion) return std::nullopt;
  Checkpoint checkpoint;
  in.get(checkpoint.cursor);
  checkpoint.files.resize(in.count(kFileBytes));
  for (auto& file : checkpoint.files) carry([&in](auto& value) { in.get(value); }, file);
  checkpoint.jails.resize(in.count(sizeof(std::uint32_t)));
  for (auto& jail : checkpoint.jails) in.get(jail);
  checkpoint.counts.resize(in.count(kCountBytes));
  for (auto& entry : checkpoint.counts) get(in, entry);
  return in.is_at_end() ? std::optional(std::move(checkpoint)) : std::nullopt;
}

std::vector<std::string> name_jails(const Rules& rules) {
  std::vector<std::string> names;
  for (const auto& rule : rules.jails)
    names.push_back(std::format("{}/{}", rule.jail, rule.window.count()));
  return names;
}

void restore_counts(const Checkpoint& checkpoint, const std::vector<std::string>& jails,
                    Tally& tally) {
  for (auto entry : checkpoint.counts) {
    if (entry.jail >= checkpoint.jails.size()) continue;
    const auto jail = std::ranges::find(jails, checkpoint.jails[entry.jail]);
    if (jail == jails.end()) continue;
    entry.jail = static_cast<std::uint8_t>(jail - jails.begin());
    tally.put(entry);
  }
}

}  // namespace kgnode::hardening::ban
