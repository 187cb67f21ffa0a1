/// What chronyd says of the clock.
#include "agent/base/chrony.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <format>
#include <optional>

#include "agent/base/text.hpp"

namespace kgnode {
namespace {

constexpr std::size_t kTrackingFields = 14;
constexpr std::size_t kSourceFields = 10;  // and those of authdata
constexpr std::size_t kMostSources = 64;
constexpr double kLongest = 1e9;  // seconds: more is no time difference that means anything

std::optional<std::chrono::nanoseconds> parse_seconds(std::string_view text) {
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || !std::isfinite(value) || std::abs(value) > kLongest)
    return std::nullopt;
  return std::chrono::nanoseconds(std::llround(value * 1e9));
}

using Fields = std::vector<std::string_view>;

/// Reference id, name, stratum, time, offset, last, RMS, three of frequency, delay, dispersion,
/// interval, leap status.
bool take_tracking(const Fields& fields, ClockSeen& seen) {
  const auto offset = parse_seconds(fields[4]);
  const auto delay = parse_seconds(fields[10]);
  const auto dispersion = parse_seconds(fields[11]);
  if (!offset || !delay || !dispersion) return false;
  // Another than these has set it: a leap second that is announced is no harm.
  constexpr std::array<std::string_view, 3> kSet{"Normal", "Insert second", "Delete second"};
  seen.synchronised = std::ranges::contains(kSet, fields[13]);
  seen.offset = *offset;
  seen.error = *delay / 2 + *dispersion;
  seen.source = seen.synchronised ? printable(fields[1]) : std::string();
  return true;
}

bool is_mode(std::string_view field) { return field == "^" || field == "=" || field == "#"; }

bool take_source(const Fields& fields, ClockSeen& seen) {
  const auto reach = parse_int<unsigned>(fields[5], 8);
  if (fields[1].size() != 1 || !reach) return false;
  if (seen.sources.size() >= kMostSources) return true;
  seen.sources.push_back(
      {.name = printable(fields[2]), .state = fields[1][0], .reached = *reach != 0});
  return true;
}

/// Name, mode ("NTS", "SK" or "-"), and the keys; a count of cookies only once there were some.
bool take_proof(const Fields& fields, ClockSeen& seen) {
  const auto source = std::ranges::find(seen.sources, printable(fields[0]), &TimeSource::name);
  if (source == seen.sources.end()) return true;
  source->has_proof = fields[1] == "NTS" || fields[1] == "SK";
  return true;
}

}  // namespace

Result<ClockSeen> parse_chrony(std::string_view text) {
  ClockSeen seen;
  bool told = false;
  for (const auto line : split(text, '\n')) {
    if (line.empty()) continue;
    const auto fields = split(line, ',');
    bool taken = false;
    if (fields.size() == kTrackingFields) {
      told = taken = take_tracking(fields, seen);
    } else if (fields.size() == kSourceFields) {
      taken = is_mode(fields[0]) ? take_source(fields, seen) : take_proof(fields, seen);
    }
    if (!taken)
      return fail(Error::plain("chronyc does not say how the clock is, but: " + quote(line)));
  }
  if (!told) return fail(Error::plain("chronyc says nothing of the clock"));
  return seen;
}

std::string clock_trouble(const ClockSeen& clock, std::chrono::nanoseconds limit) {
  if (!clock.synchronised) return "the clock is set by no time server";
  if (std::chrono::abs(clock.offset) <= limit) return "";
  const auto off = std::chrono::duration<double>(clock.offset).count();
  return std::format("the clock is {:.3f} s {} {}", std::abs(off), off > 0 ? "ahead of" : "behind",
                     clock.source);
}

}  // namespace kgnode
