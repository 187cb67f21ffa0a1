/// How each row of the table stands, and what of it only a person can mend.
#include <format>

#include "hardening/baseline/baseline.hpp"

namespace kgnode::hardening {
namespace {

using core::Finding;
using core::FindingKind;

std::string remedy_of(const BaselineRow& row) {
  switch (row.kind) {
    case BaselineKind::mount:
      return "add its options in /etc/fstab, or in a drop-in of its mount unit; the image has them";
    case BaselineKind::no_unit:
      return "systemctl mask --now " + row.subject;
    case BaselineKind::seen_mode:
      return std::format("chmod and chown it to {}", row.value);
    case BaselineKind::deviates:
      return "";
    default:
      return "kgnode plan shows what is to be done";
  }
}

std::string id_of(const BaselineRow& row) {
  return row.key == "-" ? "baseline." + row.subject
                        : std::format("baseline.{}.{}", row.subject, row.key);
}

std::string held(const BaselineRow& row) {
  if (row.kind == BaselineKind::text) return row.subject + " is as wanted";
  if (row.kind == BaselineKind::absent || row.kind == BaselineKind::no_unit)
    return row.subject + " is not there";
  if (row.kind == BaselineKind::flag) return std::format("{} has {}", row.subject, row.key);
  if (row.key == "-") return std::format("{} is {}", row.subject, row.value);
  return std::format("{} sets {} to {}", row.subject, row.key, row.value);
}

/// What only a person can mend, and is not done on purpose.
bool is_for_people(const BaselineRow& row) {
  const bool looked_at = row.kind == BaselineKind::mount || row.kind == BaselineKind::no_unit ||
                         row.kind == BaselineKind::seen_mode;
  return looked_at && row.conflict == "-";
}

}  // namespace

std::vector<core::Item> Baseline::items(const Desired& want, const Observed& have) {
  std::vector<core::Item> items;
  for (const auto& row : want.rows) {
    core::Item item{.id = id_of(row),
                    .rules = row.ids,
                    .title = row.reason,
                    .deviation = row.conflict == "-" ? "" : row.conflict};
    if (!is_applicable(row, have)) {
      item.kind = FindingKind::not_applicable;
      item.evidence = row.kind == BaselineKind::mount && have.container
                          ? "this is a container: its mounts are made outside"
                          : (row.needs == "-" ? row.subject : row.needs) + " is not there";
    } else if (auto wrong = violation(row, have)) {
      item.kind = FindingKind::gap;
      item.evidence = *std::move(wrong);
      item.remedy = remedy_of(row);
    } else {
      item.kind = FindingKind::pass;
      item.evidence = held(row);
    }
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<Finding> Baseline::findings(const Desired& want, const Observed& have) {
  std::vector<Finding> found;
  for (const auto& row : want.rows) {
    if (!is_for_people(row) || !is_applicable(row, have)) continue;
    if (auto wrong = violation(row, have))
      found.push_back({id_of(row), FindingKind::gap, std::format("{}: {}", *wrong, row.reason),
                       remedy_of(row)});
  }
  return found;
}

}  // namespace kgnode::hardening
