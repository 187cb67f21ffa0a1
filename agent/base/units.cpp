/// Amounts with their unit.
#include "agent/base/units.hpp"

#include <array>
#include <format>
#include <limits>

#include "agent/base/text.hpp"

namespace kgnode {
namespace {

struct TimeUnit {
  char letter;
  std::int64_t seconds;
};
constexpr std::array kTimeUnits = {TimeUnit{'d', 86400}, TimeUnit{'h', 3600}, TimeUnit{'m', 60},
                                   TimeUnit{'s', 1}};
constexpr std::int64_t kTenYears = 10LL * 366 * 86400;

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::uint64_t kKi = 1024;
constexpr std::array kSizeUnits = {SizeUnit{"TiB", kKi* kKi* kKi* kKi},
                                   SizeUnit{"GiB", kKi* kKi* kKi},
                                   SizeUnit{"MiB", kKi* kKi},
                                   SizeUnit{"KiB", kKi},
                                   SizeUnit{"TB", 1'000'000'000'000},
                                   SizeUnit{"GB", 1'000'000'000},
                                   SizeUnit{"MB", 1'000'000},
                                   SizeUnit{"KB", 1'000},
                                   SizeUnit{"B", 1}};

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  std::int64_t total = 0;
  std::size_t unit = 0;  // falling order: "1m1h" and "1s1s" are typing errors
  while (!text.empty()) {
    const auto digits = text.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
    const auto count = parse_int<std::int64_t>(text.substr(0, digits));
    while (unit < kTimeUnits.size() && kTimeUnits.at(unit).letter != text[digits]) ++unit;
    if (!count || unit == kTimeUnits.size() || *count > kTenYears) return std::nullopt;
    total += *count * kTimeUnits.at(unit++).seconds;
    text.remove_prefix(digits + 1);
  }
  if (total < 1 || total > kTenYears) return std::nullopt;
  return std::chrono::seconds(total);
}

std::string to_string(std::chrono::seconds duration) {
  auto left = duration.count();
  if (left <= 0) return "0s";
  std::string text;
  for (const auto& unit : kTimeUnits) {
    if (const auto count = left / unit.seconds; count > 0)
      text += std::format("{}{}", count, unit.letter);
    left %= unit.seconds;
  }
  return text;
}

std::optional<Bytes> parse_bytes(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = parse_int<std::uint64_t>(text.substr(0, digits));
  const auto name = text.substr(digits);
  if (!count) return std::nullopt;
  if (name.empty()) return Bytes{*count};
  for (const auto& unit : kSizeUnits) {
    if (unit.name != name) continue;
    if (*count > std::numeric_limits<std::uint64_t>::max() / unit.bytes) return std::nullopt;
    return Bytes{*count * unit.bytes};
  }
  return std::nullopt;
}

std::string to_string(Bytes size) {
  for (const auto& unit : kSizeUnits) {
    if (unit.name.contains('i') && size.count >= unit.bytes && size.count % unit.bytes == 0)
      return std::format("{}{}", size.count / unit.bytes, unit.name);
  }
  return std::format("{}B", size.count);
}

std::optional<Rate> parse_rate(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto count = parse_int<std::uint32_t>(text.substr(0, slash));
  if (!count || *count == 0 || *count > 100'000) return std::nullopt;
  const auto per = text.substr(slash + 1);
  if (per == "second") return Rate{*count, std::chrono::seconds(1)};
  if (per == "minute") return Rate{*count, std::chrono::seconds(60)};
  if (per == "hour") return Rate{*count, std::chrono::seconds(3600)};
  return std::nullopt;
}

std::string to_string(Rate rate) {
  const auto per = rate.per.count();
  return std::format("{}/{}", rate.count, per == 1 ? "second" : per == 60 ? "minute" : "hour");
}

namespace {

constexpr std::chrono::minutes kDay = std::chrono::days(1);
constexpr std::chrono::minutes kShortest(30);

std::optional<std::chrono::minutes> parse_clock(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = parse_int<unsigned>(text.substr(0, 2));
  const auto minute = parse_int<unsigned>(text.substr(3));
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  return std::chrono::minutes(*hour * 60 + *minute);
}

}  // namespace

std::chrono::minutes DayWindow::length() const { return (until - from + kDay) % kDay; }

std::optional<DayWindow> parse_day_window(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = parse_clock(text.substr(0, dash));
  const auto until = parse_clock(text.substr(dash + 1));
  if (!from || !until) return std::nullopt;
  const DayWindow window{.from = *from, .until = *until};
  return window.length() < kShortest ? std::nullopt : std::optional(window);
}

std::string to_string(DayWindow window) {
  return std::format("{:02}:{:02}-{:02}:{:02}", window.from.count() / 60, window.from.count() % 60,
                     window.until.count() / 60, window.until.count() % 60);
}

std::optional<std::chrono::sys_days> parse_day(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00";
  if (text.size() != kShape.size() || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_int<unsigned>(text.substr(0, 4));
  const auto month = parse_int<unsigned>(text.substr(5, 2));
  const auto day = parse_int<unsigned>(text.substr(8, 2));
  if (!year || !month || !day || *year < 2000 || *year > 2199) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

std::string to_string(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  return std::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

}  // namespace kgnode
