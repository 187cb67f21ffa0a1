/// Disks as text for people.
#include <format>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/cli/json_view.hpp"
#include "agent/cli/output.hpp"
#include "storage/judge.hpp"

namespace kgnode::cli {

using boost::json::value;

namespace {

std::string texts_at(const value& object, std::string_view key) {
  std::vector<std::string> texts;
  for (const auto& text : list_at(object, key)) texts.push_back(show(text));
  return join(texts, ", ");
}

std::string size_at(const value& object) {
  const auto* size = at(object, "size").if_int64();
  return storage::show_size(size == nullptr ? 0 : static_cast<std::uint64_t>(*size));
}

std::string verdict_of(const value& disk) {
  auto text = show_at(disk, "verdict");
  for (const auto* key : {"mismatches", "reasons"}) {
    if (const auto why = texts_at(disk, key); !why.empty()) text += ": " + why;
  }
  return text;
}

}  // namespace

std::string render_disks(const value& answer) {
  std::vector<std::vector<std::string>> rows{
      {"DISK", "SIZE", "ATTACHED", "MODEL", "SERIAL", "VERDICT"}};
  for (const auto& disk : list_at(answer, "disks")) {
    rows.push_back({show_at(disk, "name"), size_at(disk), show_at(disk, "transport"),
                    show_at(disk, "model"), show_at(disk, "serial"), verdict_of(disk)});
    for (const auto& partition : list_at(disk, "partitions"))
      rows.push_back({"  " + show_at(partition, "name"), size_at(partition), "", "", "", ""});
  }
  return rows.size() > 1 ? render_table(rows) : "there is no disk\n";
}

std::string render_disk_plan(const value& answer) {
  auto text = render_plan(at(answer, "plan"));
  for (const auto& disk : list_at(answer, "disks")) {
    const auto& token = at(disk, "token");
    if (token.is_null()) continue;
    text += std::format(
        "\n{} {}: {}\nTo lose all that and make it the data disk:\n"
        "  kgnode storage prepare --disk {} --confirm {}\n",
        show_at(disk, "name"), size_at(disk), texts_at(disk, "reasons"), show_at(disk, "name"),
        show(token));
  }
  return text;
}

value only_domain(const value& plan, std::string_view domain) {
  boost::json::array kept;
  bool changes = false;
  for (const auto& one : list_at(plan, "domains")) {
    if (show_at(one, "name") != domain) continue;
    changes = changes || !list_at(one, "steps").empty();
    kept.push_back(one);
  }
  return {{"changes", changes}, {"domains", std::move(kept)}};
}

}  // namespace kgnode::cli
