/// Files of /proc and /sys as values.
#include "agent/health/parse_proc.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "agent/base/text.hpp"

namespace kgnode::health {
namespace {

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc{} || stop != end || text.empty() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

/// "some avg10=0.00 avg60=1.25 avg300=0.10 total=12345"
std::optional<Stall> parse_stall(std::string_view line) {
  Stall stall;
  unsigned found = 0;
  for (const auto word : split_words(line)) {
    if (word.starts_with("avg60=")) {
      const auto share = parse_number(word.substr(6));
      if (!share) return std::nullopt;
      stall.share = *share;
      ++found;
    } else if (word.starts_with("total=")) {
      const auto total = parse_int<std::int64_t>(word.substr(6));
      if (!total || *total < 0) return std::nullopt;
      stall.total = std::chrono::microseconds(*total);
      ++found;
    }
  }
  return found == 2 ? std::optional(stall) : std::nullopt;
}

constexpr std::array<Taint, 19> kTaints = {
    {{.meaning = "a proprietary module"},
     {.meaning = "a module loaded by force"},
     {.meaning = "hardware out of specification"},
     {.meaning = "a module removed by force"},
     {.meaning = "a machine check", .serious = true},
     {.meaning = "a bad page of memory", .serious = true},
     {.meaning = "set by a program"},
     {.meaning = "an oops", .serious = true},
     {.meaning = "an overridden ACPI table"},
     {.meaning = "a warning of the kernel", .serious = true},
     {.meaning = "a staging driver"},
     {.meaning = "a workaround for firmware"},
     {.meaning = "a module from outside the kernel"},
     {.meaning = "an unsigned module"},
     {.meaning = "a processor stuck for long", .serious = true},
     {.meaning = "a live patch"},
     {.meaning = "something of the distribution's own"},
     {.meaning = "a shuffled layout of structures"},
     {.meaning = "a test of the kernel"}}};

/// "0100007F:1F90" is 127.0.0.1: each group of 8 digits is a number in the machine's byte order,
/// which is little-endian wherever this runs.
bool is_for_others(std::string_view digits) {
  if (digits.size() == 8) return !digits.ends_with("7F");
  constexpr std::string_view kLoopback6 = "00000000000000000000000001000000";
  constexpr std::string_view kMapped = "0000000000000000FFFF0000";
  if (digits.starts_with(kMapped)) return !digits.ends_with("7F");
  return digits != kLoopback6;
}

std::optional<Waiting> parse_row(std::string_view row, Protocol protocol) {
  const auto words = split_words(row);
  if (words.size() < 10) return std::nullopt;
  // 0A: TCP listens; 07: an UDP socket that is connected to nobody.
  if (words[3] != (protocol == Protocol::tcp ? "0A" : "07")) return std::nullopt;
  const auto colon = words[1].find(':');
  if (colon != 8 && colon != 32) return std::nullopt;
  const auto port = parse_int<std::uint16_t>(words[1].substr(colon + 1), 16);
  const auto inode = parse_int<std::uint64_t>(words[9]);
  if (!port || *port == 0 || !inode || !is_for_others(words[1].substr(0, colon)))
    return std::nullopt;
  return Waiting{.port = {protocol, *port, *port}, .inode = *inode};
}

bool has_option(std::string_view options, std::string_view wanted) {
  return std::ranges::contains(split(options, ','), wanted);
}

}  // namespace

std::optional<std::uint64_t> parse_named(std::string_view text, std::string_view name) {
  for (const auto line : split(text, '\n')) {
    const auto words = split_words(line);
    if (words.size() >= 2 && words[0] == name) return parse_int<std::uint64_t>(words[1]);
  }
  return std::nullopt;
}

std::optional<Memory> parse_meminfo(std::string_view text) {
  const auto total = parse_named(text, "MemTotal:");
  const auto available = parse_named(text, "MemAvailable:");
  constexpr std::uint64_t kMost = std::uint64_t{1} << 50;  // in KiB; more is no memory
  if (!total || !available || *total == 0 || *total > kMost || *available > *total)
    return std::nullopt;
  return Memory{.total = *total << 10, .available = *available << 10};
}

std::optional<Pressure> parse_pressure(std::string_view text) {
  std::optional<Stall> some;
  std::optional<Stall> full;
  for (const auto line : split(text, '\n')) {
    if (line.starts_with("some ")) some = parse_stall(line);
    if (line.starts_with("full ")) full = parse_stall(line);
  }
  // Before Linux 5.13 the processor had no second line.
  if (!some || (text.contains("full ") && !full)) return std::nullopt;
  return Pressure{.some = *some, .full = full.value_or(Stall{})};
}

std::optional<Load> parse_loadavg(std::string_view text) {
  const auto words = split_words(trim(text));
  if (words.size() < 3) return std::nullopt;
  const auto one = parse_number(words[0]);
  const auto five = parse_number(words[1]);
  const auto fifteen = parse_number(words[2]);
  if (!one || !five || !fifteen) return std::nullopt;
  return Load{*one, *five, *fifteen};
}

std::optional<ProcessorTime> parse_stat(std::string_view text) {
  constexpr std::size_t kIdle = 3;
  constexpr std::size_t kWaiting = 4;
  constexpr std::size_t kCounted = 8;  // guest time is in user time already
  std::optional<ProcessorTime> time;
  unsigned processors = 0;
  for (const auto line : split(text, '\n')) {
    if (!line.starts_with("cpu")) continue;
    if (!line.starts_with("cpu ")) {
      ++processors;
      continue;
    }
    const auto words = split_words(line);
    if (words.size() < kCounted + 1) return std::nullopt;
    time.emplace();
    for (std::size_t i = 0; i < kCounted; ++i) {
      const auto ticks = parse_int<std::uint64_t>(words[i + 1]);
      if (!ticks) return std::nullopt;
      (i == kIdle || i == kWaiting ? time->idle : time->busy) += *ticks;
    }
  }
  if (!time || processors == 0) return std::nullopt;
  time->processors = processors;
  return time;
}

std::vector<std::string> parse_units(std::string_view text) {
  std::vector<std::string> units;
  for (const auto line : split(text, '\n')) {
    const auto words = split_words(line);
    if (!words.empty()) units.push_back(printable(words.front()));
  }
  return units;
}

std::map<std::string, MountMode> parse_mount_modes(std::string_view text,
                                                   const std::vector<std::string>& mounts) {
  constexpr std::array<std::string_view, 3> kImages{"erofs", "squashfs", "iso9660"};
  std::map<std::string, MountMode> modes;
  for (const auto line : split(text, '\n')) {
    // proc_pid_mountinfo(5): the optional fields end with a hyphen.
    const auto words = split_words(line);
    const auto hyphen = std::ranges::find(words, "-");
    if (words.size() < 6 || words.end() - hyphen < 4) continue;
    const auto mount = std::ranges::find(mounts, words[4]);
    if (mount == mounts.end()) continue;
    const std::string type(hyphen[1]);
    // What ext4 says of itself after an error since Linux 6.15; older ones become "ro".
    const bool closed = has_option(hyphen[3], "emergency_ro") || has_option(hyphen[3], "shutdown");
    modes.insert_or_assign(*mount, MountMode{.type = type,
                                             .read_only = closed || has_option(words[5], "ro") ||
                                                          has_option(hyphen[3], "ro"),
                                             .meant = std::ranges::contains(kImages, type)});
  }
  return modes;
}

std::map<std::string, bool> parse_fstab(std::string_view text) {
  std::map<std::string, bool> wanted;
  for (const auto line : split(text, '\n')) {
    const auto words = split_words(line);
    if (words.size() < 4 || words[0].starts_with('#')) continue;
    wanted.insert_or_assign(std::string(words[1]), has_option(words[3], "ro"));
  }
  return wanted;
}

std::vector<Taint> decode_taint(std::uint64_t bits) {
  std::vector<Taint> taints;
  for (std::size_t bit = 0; bit < 64; ++bit) {
    if ((bits >> bit & 1) == 0) continue;
    taints.push_back(bit < kTaints.size() ? kTaints[bit]
                                          : Taint{.meaning = "something this version cannot name"});
  }
  return taints;
}

std::vector<Waiting> parse_sockets(std::string_view text, Protocol protocol) {
  std::vector<Waiting> found;
  for (const auto row : split(text, '\n')) {
    if (const auto waiting = parse_row(row, protocol)) found.push_back(*waiting);
  }
  return found;
}

}  // namespace kgnode::health
