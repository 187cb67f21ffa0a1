/// What first boot did, as JSON and as text.
#include "agent/firstboot/report.hpp"

#include <array>
#include <format>

#include "agent/base/text.hpp"
#include "agent/firstboot/json.hpp"

namespace kgnode::firstboot {
namespace {

namespace json = boost::json;

constexpr std::array kKinds{SourceKind::none,    SourceKind::config_drive,
                            SourceKind::nocloud, SourceKind::metadata_service,
                            SourceKind::cache,   SourceKind::cloud_init};

json::array notes_json(const std::vector<Note>& notes) {
  json::array list;
  for (const auto& note : notes) list.push_back({{"where", note.where}, {"text", note.text}});
  return list;
}

std::vector<Note> notes_from(const json::array& list) {
  std::vector<Note> notes;
  for (const auto& item : list) {
    if (const auto* object = item.if_object())
      notes.push_back({text_at(*object, "where"), text_at(*object, "text")});
  }
  return notes;
}

}  // namespace

std::string to_json(const Report& report) {
  json::array values;
  for (const auto& value : report.values)
    values.push_back({{"name", value.name}, {"value", value.value}, {"from", value.from}});
  const json::object root{
      {"schema", 1},
      {"stage", report.stage},
      {"source", {{"kind", to_string(report.source.kind)}, {"place", report.source.place}}},
      {"values", std::move(values)},
      {"warnings", notes_json(report.warnings)},
      {"errors", notes_json(report.errors)}};
  return json::serialize(root) + "\n";
}

Result<Report> parse_report(std::string_view text) {
  Notes notes;
  const auto root = parse_json_object(text, "first-boot report", notes);
  if (!root)
    return fail(Error::plain(notes.errors.front().where + " " + notes.errors.front().text));
  Report report{.stage = text_at(*root, "stage")};
  if (const auto* source = root->if_contains("source"); source != nullptr && source->is_object()) {
    report.source.place = text_at(source->get_object(), "place");
    const auto kind = text_at(source->get_object(), "kind");
    for (const auto known : kKinds) {
      if (to_string(known) == kind) report.source.kind = known;
    }
  }
  for (const auto& item : array_at(*root, "values")) {
    if (const auto* object = item.if_object()) {
      report.values.push_back(
          {text_at(*object, "name"), text_at(*object, "value"), text_at(*object, "from")});
    }
  }
  report.warnings = notes_from(array_at(*root, "warnings"));
  report.errors = notes_from(array_at(*root, "errors"));
  return report;
}

Result<std::optional<Report>> read_report(sys::Files& files, const std::string& path) {
  const auto text = TRY(files.read(path));
  if (!text) return std::nullopt;
  return std::optional(TRY(parse_report(*text)));
}

std::string first_error(const Report& report) {
  if (report.errors.empty()) return {};
  const auto& first = report.errors.front();
  const auto more = report.errors.size() - 1;
  return std::format("{}: {}{}", first.where, first.text,
                     more == 0 ? "" : std::format(" (and {} more)", more));
}

std::string to_text(const Report& report) {
  std::string text = std::format("first boot: {}{}{}\n", to_string(report.source.kind),
                                 report.source.place.empty() ? "" : " ", report.source.place);
  for (const auto& value : report.values)
    text += std::format("  {} = {}  ({})\n", value.name, quote(value.value), value.from);
  for (const auto& note : report.warnings)
    text += std::format("warning: {}: {}\n", note.where, note.text);
  for (const auto& note : report.errors)
    text += std::format("error: {}: {}\n", note.where, note.text);
  return text;
}

}  // namespace kgnode::firstboot
