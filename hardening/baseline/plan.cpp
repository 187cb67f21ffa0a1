/// What a row wants and the node does not have, and which of it can be mended.
#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "hardening/baseline/baseline.hpp"
#include "hardening/baseline/edit.hpp"

namespace kgnode::hardening {
namespace {

using Action = Baseline::Action;
using Steps = std::vector<Baseline::Step>;

bool is_setting(BaselineKind kind) {
  return kind == BaselineKind::blank || kind == BaselineKind::equals ||
         kind == BaselineKind::spaced || kind == BaselineKind::flag;
}

std::string describe(const sys::Files::Attributes& now) {
  return std::format("{:04o} {}:{}", now.mode, now.uid, now.gid);
}

/// Only ever fewer rights than there are; nullopt: they are few enough.
std::optional<sys::Files::Attributes> corrected(const BaselineRow& row,
                                                const sys::Files::Attributes& now) {
  const auto want = parse_file_mode(row.value);
  if (!want) return std::nullopt;  // the table is tested
  auto wanted = now;
  wanted.mode &= want->mode;
  wanted.uid = want->uid;
  if (!std::ranges::contains(want->gids, wanted.gid)) wanted.gid = want->gids.front();
  return wanted == now ? std::nullopt : std::optional(wanted);
}

std::optional<std::string> mode_violation(const BaselineRow& row, const Baseline::Observed& have) {
  const auto found = have.attributes.find(row.subject);
  if (found == have.attributes.end() || !corrected(row, found->second)) return std::nullopt;
  return std::format("{} is {}", row.subject, describe(found->second));
}

std::optional<std::string> mount_violation(const BaselineRow& row, const Baseline::Observed& have) {
  const auto found = have.mounts.find(row.subject);
  if (found == have.mounts.end()) return std::format("{} is no mount point", row.subject);
  std::vector<std::string> missing;
  for (const auto option : split(row.value, ',')) {
    if (!found->second.contains(std::string(option))) missing.emplace_back(option);
  }
  if (missing.empty()) return std::nullopt;
  return std::format("{} is mounted without {}", row.subject, join(missing, ", "));
}

std::optional<std::string> file_violation(const BaselineRow& row, const Baseline::Observed& have) {
  const auto file = have.files.find(row.subject);
  if (row.kind == BaselineKind::absent)
    return file == have.files.end() ? std::nullopt : std::optional(row.subject + " is there");
  if (file == have.files.end()) return row.subject + " is not there";
  if (row.kind == BaselineKind::text)
    return file->second == row.value ? std::nullopt
                                     : std::optional(row.subject + " says something else");
  const auto now = setting_in(file->second, row);
  const auto wanted = row.kind == BaselineKind::flag ? "" : row.value;
  if (now == wanted) return std::nullopt;
  return now ? std::format("{} sets {} to {}", row.subject, row.key, printable(*now))
             : std::format("{} does not set {}", row.subject, row.key);
}

void plan_row(Steps& steps, const BaselineRow& row, std::map<std::string, std::string>& files,
              const Baseline::Observed& have) {
  if (row.kind == BaselineKind::mode) {
    const auto& now = have.attributes.at(row.subject);
    const auto wanted = corrected(row, now);
    steps.push_back({.action = Action::set_mode,
                     .subject = row.subject,
                     .before = describe(now),
                     .after = describe(*wanted),
                     .attributes = *wanted});
  } else if (row.kind == BaselineKind::absent) {
    steps.push_back(
        {.action = Action::remove_file, .subject = row.subject, .before = files.at(row.subject)});
    files.erase(row.subject);
  } else if (row.kind == BaselineKind::text) {
    files[row.subject] = row.value;
  } else if (is_setting(row.kind)) {
    files[row.subject] = with_setting(files[row.subject], row);
  }
}

}  // namespace

bool is_applicable(const BaselineRow& row, const Baseline::Observed& have) {
  if (row.needs != "-" && !have.there.contains(row.needs)) return false;
  if (row.kind == BaselineKind::mount && have.container) return false;
  // Without a data disk there is no such mount.
  return row.kind != BaselineKind::mount || row.subject != "/var/lib/longhorn" ||
         have.mounts.contains(row.subject);
}

std::optional<std::string> violation(const BaselineRow& row, const Baseline::Observed& have) {
  switch (row.kind) {
    case BaselineKind::deviates:
      return "not done here";
    case BaselineKind::mode:
    case BaselineKind::seen_mode:
      return mode_violation(row, have);
    case BaselineKind::mount:
      return mount_violation(row, have);
    case BaselineKind::no_unit:
      return have.units.contains(row.subject) ? std::optional(row.subject + " is there")
                                              : std::nullopt;
    default:
      return file_violation(row, have);
  }
}

std::vector<Baseline::Step> Baseline::plan(const Desired& want, const Observed& have) {
  Steps steps;
  auto files = have.files;  // as they are to be: several rows may be about one
  for (const auto& row : want.rows) {
    if (is_applicable(row, have) && violation(row, have)) plan_row(steps, row, files, have);
  }
  for (const auto& [path, text] : files) {
    const auto now = have.files.find(path);
    if (now != have.files.end() && now->second == text) continue;
    steps.push_back({.action = Action::write_file,
                     .subject = path,
                     .before = now == have.files.end() ? "" : now->second,
                     .after = text});
  }
  return steps;
}

core::StepView Baseline::view(const Step& step) {
  switch (step.action) {
    case Action::write_file:
      return {.text = "write " + step.subject, .before = step.before, .after = step.after};
    case Action::remove_file:
      return {.text = "remove " + step.subject, .before = step.before};
    case Action::set_mode:
      return {
          .text = "set the rights of " + step.subject, .before = step.before, .after = step.after};
  }
  return {};
}

std::vector<std::string> Baseline::watch_paths(const Desired& want) {
  std::vector<std::string> paths;
  for (const auto& row : want.rows) {
    const bool file = row.kind == BaselineKind::text || row.kind == BaselineKind::absent ||
                      row.kind == BaselineKind::mode || is_setting(row.kind);
    if (file && !std::ranges::contains(paths, row.subject)) paths.push_back(row.subject);
  }
  return paths;
}

}  // namespace kgnode::hardening
