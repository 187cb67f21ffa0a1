/// When a line of a file says that it was written.
#include "hardening/ban/line_time.hpp"

#include <algorithm>
#include <array>

#include "agent/base/json_walk.hpp"
#include "agent/base/text.hpp"
#include "hardening/ban/words.hpp"

namespace kgnode::hardening::ban {
namespace {

using std::chrono::seconds;
using std::chrono::sys_days;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  const auto number = text.substr(0, digits);
  if (number.size() < digits || number.front() == '-') return std::nullopt;
  text.remove_prefix(digits);
  return parse_int<int>(number);
}

std::optional<int> take_month(std::string_view& text) {
  const auto* const month = std::ranges::find(kMonths, text.substr(0, 3));
  if (month == kMonths.end()) return std::nullopt;
  text.remove_prefix(3);
  return static_cast<int>(month - kMonths.begin()) + 1;
}

// A clock of nanoseconds ends in 2262.
std::optional<sys_days> to_day(int year, int month, int day) {
  if (year < 1970 || year > 2200) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

// "10:00:01"
std::optional<seconds> take_clock(std::string_view& text) {
  const auto hour = take_number(text, 2);
  if (!hour || !take_prefix(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || !take_prefix(text, ":")) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return seconds((*hour * 60 + *minute) * 60 + *second);
}

// "Z", "+01:00", "+0100", or nothing: what is to be taken off to have UTC.
std::optional<seconds> take_zone(std::string_view& text) {
  const bool west = text.starts_with('-');
  if (!west && !text.starts_with('+')) return seconds(0);
  text.remove_prefix(1);
  const auto hours = take_number(text, 2);
  (void)take_prefix(text, ":");
  const auto minutes = take_number(text, 2);
  if (!hours || !minutes) return std::nullopt;
  const seconds offset((*hours * 60 + *minutes) * 60);
  return west ? -offset : offset;
}

// "2026-11-22T10:00:01.123456+01:00"
std::optional<Time> read_iso(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take_prefix(text, "-")) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || !take_prefix(text, "-")) return std::nullopt;
  const auto date = take_number(text, 2);
  if (!date || !take_prefix(text, "T")) return std::nullopt;
  const auto day = to_day(*year, *month, *date);
  const auto clock = take_clock(text);
  if (take_prefix(text, ".")) (void)take_digits(text);
  const auto zone = take_zone(text);
  if (!day || !clock || !zone) return std::nullopt;
  return *day + *clock - *zone;
}

// "Nov  2 10:00:01"
std::optional<Time> read_syslog(std::string_view text, Time now) {
  const auto month = take_month(text);
  if (!month || !take_prefix(text, " ")) return std::nullopt;
  const auto date = take_number(text, take_prefix(text, " ") ? 1 : 2);
  if (!date || !take_prefix(text, " ")) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  // A day of grace for zones; eight years back there has been a 29 February.
  const auto latest = std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1);
  const auto this_year = static_cast<int>(std::chrono::year_month_day(latest).year());
  for (int year = this_year; year >= this_year - 8; --year) {
    const auto day = to_day(year, *month, *date);
    if (day && *day <= latest) return *day + *clock;
  }
  return std::nullopt;
}

// "22/Nov/2026:18:36:18 +0000] "
std::optional<Time> read_common(std::string_view text) {
  const auto date = take_number(text, 2);
  if (!date || !take_prefix(text, "/")) return std::nullopt;
  const auto month = take_month(text);
  if (!month || !take_prefix(text, "/")) return std::nullopt;
  const auto year = take_number(text, 4);
  if (!year || !take_prefix(text, ":")) return std::nullopt;
  const auto day = to_day(*year, *month, *date);
  const auto clock = take_clock(text);
  if (!day || !clock || !take_prefix(text, " ")) return std::nullopt;
  const auto zone = take_zone(text);
  if (!zone || !text.starts_with("] ")) return std::nullopt;
  return *day + *clock - *zone;
}

// The name of a user may come before it, with brackets of its own.
std::optional<Time> find_common(std::string_view line) {
  while (take_until(line, '[')) {
    if (const auto time = read_common(line)) return time;
  }
  return std::nullopt;
}

std::optional<Time> read_json(std::string_view line) {
  JsonWalk walk(line);
  if (!walk.enter_object()) return std::nullopt;
  std::optional<Time> time;
  while (const auto key = walk.next_key()) {
    const bool has_time = *key == "stageTimestamp" || *key == "StartUTC";
    const auto text = has_time ? walk.string() : std::nullopt;
    if (!has_time) walk.skip();
    if (text) time = read_iso(*text);
  }
  return time;
}

}  // namespace

std::optional<Time> read_line_time(std::string_view line, Time now) {
  if (line.starts_with('{')) return read_json(line);
  auto rest = line;
  if (take_prefix(rest, "<") && take_until(rest, '>')) line = rest;
  if (auto time = read_syslog(line, now)) return time;
  if (take_prefix(line, "time=\"")) return read_iso(line);
  if (auto time = read_iso(line)) return time;
  return find_common(line);
}

}  // namespace kgnode::hardening::ban
