/// What smartctl(8) prints of a drive as JSON, by the keys of its versions 7.x.
#include "agent/sys/smart_report.hpp"

#include <algorithm>
#include <limits>

#include "agent/base/json_walk.hpp"
#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

constexpr std::size_t kTextMax = 200;
constexpr std::size_t kFailingMax = 16;

/// What the report has beside its result.
struct Reading {
  SmartReport report;
  std::string error;  // the first message of that kind
  std::optional<bool> available;
  std::optional<bool> enabled;
  bool is_smartctl = false;
};

std::string shorten(std::string_view text) { return printable(text.substr(0, kTextMax)); }

std::uint64_t count(JsonWalk& walk) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(walk.integer().value_or(0), 0));
}

std::optional<unsigned> percent(JsonWalk& walk) {
  const auto value = walk.integer();
  if (!value || *value < 0 || *value > std::numeric_limits<std::uint8_t>::max())
    return std::nullopt;
  return static_cast<unsigned>(*value);
}

/// Calls `read` with each key of an object; it has to take the value.
template <class Read>
void each_member(JsonWalk& walk, const Read& read) {
  if (!walk.enter_object()) return walk.skip();
  while (const auto key = walk.next_key()) read(*key);
}

void read_message(JsonWalk& walk, Reading& reading) {
  std::string_view text;
  std::string_view severity;
  each_member(walk, [&walk, &text, &severity](std::string_view key) {
    if (key == "string") return void(text = walk.string().value_or(""));
    if (key == "severity") return void(severity = walk.string().value_or(""));
    walk.skip();
  });
  // "Device is in STANDBY mode, exit(2)"
  if (text.contains(" mode, exit(")) reading.report.state = SmartReport::State::asleep;
  if (severity == "error" && reading.error.empty()) reading.error = shorten(text);
}

void read_program(JsonWalk& walk, Reading& reading) {
  reading.is_smartctl = true;
  each_member(walk, [&walk, &reading](std::string_view key) {
    if (key != "messages" || !walk.enter_array()) return walk.skip();
    while (walk.next_item()) read_message(walk, reading);
  });
}

void read_support(JsonWalk& walk, Reading& reading) {
  each_member(walk, [&walk, &reading](std::string_view key) {
    if (key == "available") return void(reading.available = walk.boolean());
    if (key == "enabled") return void(reading.enabled = walk.boolean());
    walk.skip();
  });
}

void read_status(JsonWalk& walk, Reading& reading) {
  each_member(walk, [&walk, &reading](std::string_view key) {
    if (key == "passed") return void(reading.report.passed = walk.boolean());
    walk.skip();
  });
}

void read_hours(JsonWalk& walk, Reading& reading) {
  each_member(walk, [&walk, &reading](std::string_view key) {
    if (key == "hours") return void(reading.report.hours = count(walk));
    walk.skip();
  });
}

void read_nvme_log(JsonWalk& walk, Reading& reading) {
  auto& report = reading.report;
  each_member(walk, [&walk, &report](std::string_view key) {
    if (key == "critical_warning")
      return void(report.warnings = static_cast<std::uint8_t>(count(walk)));
    if (key == "percentage_used") return void(report.used = percent(walk));
    if (key == "available_spare") return void(report.spare = percent(walk));
    if (key == "available_spare_threshold") return void(report.least_spare = percent(walk));
    if (key == "media_errors") return void(report.lost += count(walk));
    walk.skip();
  });
}

/// The number itself can have other counts in its upper bytes; the text begins with what counts.
std::uint64_t read_raw(JsonWalk& walk) {
  std::string_view text;
  each_member(walk, [&walk, &text](std::string_view key) {
    if (key == "string") return void(text = walk.string().value_or(""));
    walk.skip();
  });
  const auto words = split_words(text);
  return words.empty() ? 0 : parse_int<std::uint64_t>(words.front()).value_or(0);
}

struct Attribute {
  std::int64_t id = 0;
  std::uint64_t raw = 0;
  std::string_view name;
  std::string_view failed;  // "now", "past" or nothing
};

Attribute read_attribute(JsonWalk& walk) {
  Attribute read;
  each_member(walk, [&walk, &read](std::string_view key) {
    if (key == "id") return void(read.id = walk.integer().value_or(0));
    if (key == "name") return void(read.name = walk.string().value_or(""));
    if (key == "when_failed") return void(read.failed = walk.string().value_or(""));
    if (key == "raw") return void(read.raw = read_raw(walk));
    walk.skip();
  });
  return read;
}

void add_attribute(const Attribute& read, SmartReport& report) {
  constexpr std::int64_t kPending = 197;
  constexpr std::int64_t kUncorrectable = 198;
  // Most of those that are uncorrectable are still pending: counted once.
  if (read.id == kPending || read.id == kUncorrectable)
    report.lost = std::max(report.lost, read.raw);
  if (read.failed == "now" && report.failing.size() < kFailingMax)
    report.failing.push_back(shorten(read.name));
}

void read_attributes(JsonWalk& walk, Reading& reading) {
  each_member(walk, [&walk, &reading](std::string_view key) {
    if (key != "table" || !walk.enter_array()) return walk.skip();
    while (walk.next_item()) add_attribute(read_attribute(walk), reading.report);
  });
}

void read_scsi_errors(JsonWalk& walk, Reading& reading) {
  each_member(walk, [&walk, &reading](std::string_view) {
    each_member(walk, [&walk, &reading](std::string_view key) {
      if (key == "total_uncorrected_errors") return void(reading.report.lost += count(walk));
      walk.skip();
    });
  });
}

void read_member(std::string_view key, JsonWalk& walk, Reading& reading) {
  if (key == "smartctl") return read_program(walk, reading);
  if (key == "smart_support") return read_support(walk, reading);
  if (key == "smart_status") return read_status(walk, reading);
  if (key == "power_on_time") return read_hours(walk, reading);
  if (key == "nvme_smart_health_information_log") return read_nvme_log(walk, reading);
  if (key == "ata_smart_attributes") return read_attributes(walk, reading);
  if (key == "scsi_error_counter_log") return read_scsi_errors(walk, reading);
  walk.skip();
}

SmartReport conclude(Reading reading) {
  auto& report = reading.report;
  if (report.state == SmartReport::State::asleep) return std::move(report);
  // A virtual disk can answer that all is well, and say in the same breath that it does not know.
  if (reading.available == false) {
    report.trouble = "it has no SMART, as virtual disks do";
  } else if (reading.enabled == false) {
    report.trouble = "its SMART is switched off";
  } else if (!report.passed) {
    report.trouble = reading.error.empty() ? "it gave no verdict" : reading.error;
  } else {
    report.state = SmartReport::State::told;
    return std::move(report);
  }
  return {.state = SmartReport::State::unavailable, .trouble = std::move(report.trouble)};
}

}  // namespace

Result<SmartReport> parse_smart_report(std::string_view json) {
  JsonWalk walk(json);
  Reading reading;
  each_member(walk, [&walk, &reading](std::string_view key) { read_member(key, walk, reading); });
  if (!walk.finish() || !reading.is_smartctl)
    return fail(Error::plain("smartctl did not print a report"));
  return conclude(std::move(reading));
}

}  // namespace kgnode::sys
