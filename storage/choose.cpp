/// One disk, or the reasons against each.
#include <algorithm>
#include <format>
#include <utility>

#include "agent/base/text.hpp"
#include "storage/identity.hpp"
#include "storage/judge.hpp"

namespace kgnode::storage {
namespace {

using List = std::vector<const Judged*>;

bool is_ours(const Judged& judged) {
  return judged.standing == Standing::ours || judged.standing == Standing::unfinished;
}

/// Selected, and it could not be told whether it has our marker.
bool may_be_ours(const Judged& judged) {
  const auto& disk = *judged.disk;
  if (!judged.mismatches.empty() || disk.path.empty() || disk.removable || disk.size < kLeast)
    return false;
  return !disk.unreadable.empty() || (!disk.marker.empty() && !parse_marker(disk.marker));
}

std::string explain(const Judged& judged) {
  auto reasons = judged.mismatches;
  reasons.insert(reasons.end(), judged.reasons.begin(), judged.reasons.end());
  return std::format(
      "{}: {}", describe(*judged.disk),
      reasons.empty() ? std::string(to_string(judged.standing)) : join(reasons, ", "));
}

/// The disk that was meant comes first: who hears of it from afar hears the beginning.
std::string explain_all(std::span<const Judged> judged) {
  List all;
  for (const auto& one : judged) all.push_back(&one);
  std::ranges::stable_sort(all, {}, [](const Judged* one) {
    return std::pair(one->disk->path.empty(), one->mismatches.size());
  });
  std::vector<std::string> lines;
  for (const auto* one : all) lines.push_back(explain(*one));
  return lines.empty() ? "there is no disk at all" : join(lines, "; ");
}

Choice refuse(std::string_view why, std::span<const Judged> judged, std::string_view remedy) {
  return {.refusal = std::format("{}: {}; {}", why, explain_all(judged), remedy)};
}

Choice refuse_none(std::span<const Judged> judged) {
  const auto given_up = std::ranges::count_if(judged, [](const Judged& one) {
    return one.mismatches.empty() && one.standing == Standing::foreign;
  });
  return refuse("no disk is blank and as storage.disk wants it", judged,
                given_up > 0 ? "kgnode storage plan shows what using one of them would cost"
                             : "attach the disk, or correct storage.disk");
}

/// Those of them for which `is_one` holds.
template <class IsOne>
List find_all(std::span<const Judged> judged, const IsOne& is_one) {
  List found;
  for (const auto& one : judged) {
    if (is_one(one)) found.push_back(&one);
  }
  return found;
}

}  // namespace

Choice choose(std::span<const Judged> judged, std::span<const sys::BlockDevice> devices,
              std::string_view approved) {
  const auto ours = find_all(judged, is_ours);
  const auto blank = find_all(judged, [](const Judged& one) {
    return one.mismatches.empty() && one.standing == Standing::blank;
  });
  const auto given_up = find_all(judged, [devices, approved](const Judged& one) {
    return one.mismatches.empty() && one.standing == Standing::foreign && !approved.empty() &&
           fingerprint(devices, *one.disk) == approved;
  });
  if (ours.size() > 1)
    return refuse("several disks are this node's data disk", judged, "detach the copies");
  if (!ours.empty() && !ours.front()->mismatches.empty()) {
    return refuse("this node has a data disk that storage.disk does not select", judged,
                  "correct storage.disk, or detach that disk");
  }
  if (!ours.empty()) return {.chosen = ours.front()};
  // Else a second data disk would be made while the first one cannot be had for a moment.
  if (std::ranges::any_of(judged, &Judged::is_marked)) {
    return refuse("this node's data disk cannot be used as it is", judged,
                  "mend it, or detach it to have another one prepared");
  }
  if (!given_up.empty()) return {.chosen = given_up.front()};
  if (!blank.empty() && std::ranges::any_of(judged, may_be_ours)) {
    return refuse("what is selected too may be this node's data disk", judged,
                  "mend it, or detach it");
  }
  if (blank.size() == 1) return {.chosen = blank.front()};
  if (blank.empty()) return refuse_none(judged);
  return refuse(std::format("{} disks are as storage.disk wants it", blank.size()), judged,
                "add a criterion that only one of them meets");
}

}  // namespace kgnode::storage
