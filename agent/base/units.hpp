#pragma once
/// Amounts with their unit: durations from "10m", sizes from "100GiB", rates from "30/minute",
/// times of the day from "02:00-04:00", days.
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kgnode {

/// "90s", "2m", "1h", "7d", or a sum in falling units as "1h30m"; at least 1 s, at most 10 years.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);
std::string to_string(std::chrono::seconds duration);

struct Bytes {
  std::uint64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};

/// "512MiB", "100GiB", "2TiB" (1024) or "100GB" (1000), or a plain count of bytes.
std::optional<Bytes> parse_bytes(std::string_view text);
std::string to_string(Bytes size);  // the largest 1024 unit that divides it

/// Events in a second, minute or hour: "30/minute"; 1..100000 events.
struct Rate {
  std::uint32_t count = 0;
  std::chrono::seconds per{60};
  auto operator<=>(const Rate&) const = default;
};

std::optional<Rate> parse_rate(std::string_view text);
std::string to_string(Rate rate);

/// A time of each day in UTC, from minute to minute after midnight; it may go over midnight.
struct DayWindow {
  std::chrono::minutes from{0};
  std::chrono::minutes until{0};
  std::chrono::minutes length() const;
  bool operator==(const DayWindow&) const = default;
};

/// "02:00-04:00", at least half an hour.
std::optional<DayWindow> parse_day_window(std::string_view text);
std::string to_string(DayWindow window);

/// "2027-01-31", a day that there is, from 2000 to 2199.
std::optional<std::chrono::sys_days> parse_day(std::string_view text);
std::string to_string(std::chrono::sys_days day);

}  // namespace kgnode
