/// What became of the last update.
#include "agent/slots/record.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include <boost/json.hpp>

#include "agent/base/text.hpp"

namespace kgnode::slots {
namespace {

constexpr std::array kNames = {std::pair{Outcome::writing, std::string_view("writing")},
                               std::pair{Outcome::broken_off, std::string_view("broken off")},
                               std::pair{Outcome::written, std::string_view("written")},
                               std::pair{Outcome::good, std::string_view("good")},
                               std::pair{Outcome::failed, std::string_view("failed")},
                               std::pair{Outcome::rolled_back, std::string_view("rolled back")}};

std::optional<std::string> text_at(const boost::json::object& root, std::string_view key) {
  const auto* value = root.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<std::uint64_t> number_at(const boost::json::object& root, std::string_view key) {
  const auto* value = root.if_contains(key);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value->get_int64());
}

/// Older versions do not write it.
bool is_true(const boost::json::object& root, std::string_view key) {
  const auto* value = root.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::optional<boost::json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  auto value = boost::json::parse(text, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::optional<Record> parse_record(std::string_view text) {
  const auto root = parse_object(text);
  if (!root) return std::nullopt;
  const auto version = text_at(*root, "version");
  const auto from = text_at(*root, "from");
  const auto boot_id = text_at(*root, "boot_id");
  const auto outcome = text_at(*root, "outcome");
  const auto reason = text_at(*root, "reason");
  const auto index = number_at(*root, "rollback_index");
  const auto* const known =
      std::ranges::find(kNames, outcome.value_or(""), &decltype(kNames)::value_type::second);
  if (!version || !from || !boot_id || !reason || !index || known == kNames.end())
    return std::nullopt;
  return Record{.version = *version,
                .from = *from,
                .boot_id = *boot_id,
                .outcome = known->first,
                .reason = *reason,
                .rollback_index = static_cast<unsigned>(*index),
                .was_ready = is_true(*root, "was_ready"),
                .heard_peers = is_true(*root, "heard_peers")};
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  return std::ranges::find(kNames, outcome, &decltype(kNames)::value_type::first)->second;
}

Result<std::optional<Record>> RecordFile::load() {
  const auto text = TRY(files_.read(path_));
  if (!text) return std::nullopt;
  auto record = parse_record(*text);
  if (record) return record;
  return fail(Error::plain(std::format(
      "{} is damaged: it has the lowest version that may be installed; remove it to forget that",
      quote(path_))));
}

Result<> RecordFile::save(const Record& record) {
  const boost::json::object root{
      {"version", record.version},     {"from", record.from},
      {"boot_id", record.boot_id},     {"outcome", to_string(record.outcome)},
      {"reason", record.reason},       {"rollback_index", record.rollback_index},
      {"was_ready", record.was_ready}, {"heard_peers", record.heard_peers}};
  return files_.replace(path_, boost::json::serialize(root) + "\n", 0644);
}

std::string to_text(const Progress& progress) {
  return std::format("{{\"done\": {}, \"total\": {}}}\n", progress.done, progress.total);
}

std::optional<Progress> parse_progress(std::string_view text) {
  const auto root = parse_object(text);
  if (!root) return std::nullopt;
  const auto done = number_at(*root, "done");
  const auto total = number_at(*root, "total");
  if (!done || !total) return std::nullopt;
  return Progress{.done = *done, .total = *total};
}

}  // namespace kgnode::slots
