/// What each row of the table asks about.
#include <format>

#include "agent/base/text.hpp"
#include "hardening/baseline/baseline.hpp"

namespace kgnode::hardening {
namespace {

// As process 1 sees them: the agent has a mount namespace of its own.
constexpr auto kMounts = "/proc/1/mountinfo";
constexpr auto kContainer = "/run/systemd/container";
constexpr std::size_t kMountsLimit = std::size_t{4} << 20;  // pods have many

/// "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue"
std::map<std::string, std::set<std::string>> parse_mount_options(std::string_view text) {
  constexpr std::size_t kTarget = 4;
  constexpr std::size_t kOptions = 5;
  std::map<std::string, std::set<std::string>> mounts;
  for (const auto line : split(text, '\n')) {
    const auto words = split_words(line);
    if (words.size() <= kOptions) continue;
    auto& options = mounts[std::string(words[kTarget])];
    options.clear();  // the last one lies on top
    for (const auto option : split(words[kOptions], ',')) options.emplace(option);
  }
  return mounts;
}

}  // namespace

Result<> Baseline::read_row(const BaselineRow& row, Observed& have) {
  if (row.needs != "-" && TRY(files_.attributes(row.needs))) have.there.insert(row.needs);
  switch (row.kind) {
    case BaselineKind::mount:
    case BaselineKind::deviates:
      return {};
    case BaselineKind::mode:
    case BaselineKind::seen_mode:
      if (auto found = TRY(files_.attributes(row.subject))) have.attributes[row.subject] = *found;
      return {};
    case BaselineKind::no_unit: {
      // A mask is a link to /dev/null, which reads as nothing.
      const auto own = TRY(files_.read("/etc/systemd/system/" + row.subject));
      const bool there =
          own.has_value() || TRY(files_.attributes("/usr/lib/systemd/system/" + row.subject));
      if (there && (!own || !own->empty())) have.units.insert(row.subject);
      return {};
    }
    default:
      if (auto text = TRY(files_.read(row.subject))) have.files[row.subject] = *std::move(text);
      return {};
  }
}

Result<Baseline::Observed> Baseline::read_all(const Desired& want) {
  Observed have{.container = TRY(files_.read(kContainer)).has_value()};
  for (const auto& row : want.rows) TRY(read_row(row, have));
  const auto mounts = TRY(files_.read(kMounts, kMountsLimit));
  if (!mounts) return fail(Error::plain(std::format("\"{}\" is not there", kMounts)));
  have.mounts = parse_mount_options(*mounts);
  return have;
}

Task<Result<Baseline::Observed>> Baseline::observe(const Desired& want) {
  co_return read_all(want);
}

}  // namespace kgnode::hardening
