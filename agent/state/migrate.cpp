/// The state of this node in the form that this version reads.
#include "agent/state/migrate.hpp"

#include <format>

#include "agent/base/text.hpp"

namespace kgnode::state {
namespace {

constexpr std::size_t kFileLimit = std::size_t{1} << 30;
constexpr auto kVersionFile = "state-version";
constexpr auto kWhole = "whole";  // in a copy: all of it is there

// The database's journal belongs to it.
constexpr std::string_view kKept[] = {
    "owned.json",           "pending.json", "last-good.toml", "firstboot/state.json",
    "firstboot/cache.json", "bans.db",      "bans.db-wal",    "bans.db-journal"};

std::string in(const std::string& folder, std::string_view name) {
  return std::format("{}/{}", folder, name);
}

Result<unsigned> read_version(sys::Files& files, const std::string& folder) {
  const auto path = in(folder, kVersionFile);
  const auto text = TRY(files.read(path));
  if (!text) return kFirstVersion;
  const auto version = parse_int<unsigned>(trim(*text));
  if (version && *version >= kFirstVersion) return *version;
  return fail(
      Error::plain(std::format("{} is damaged: it holds the version of the state, {} for "
                               "the first",
                               quote(path), kFirstVersion)));
}

Result<> copy_file(sys::Files& files, const std::string& from, const std::string& to) {
  const auto content = TRY(files.read(from, kFileLimit));
  if (!content) return files.remove(to);
  const auto attributes = TRY(files.attributes(from));
  return files.replace(to, *content, attributes ? attributes->mode : 0600);
}

Result<> copy_all(sys::Files& files, const std::string& from, const std::string& to) {
  for (const auto name : kKept) TRY(copy_file(files, in(from, name), in(to, name)));
  return {};
}

Result<bool> is_whole(sys::Files& files, const std::string& copy) {
  return TRY(files.attributes(in(copy, kWhole))).has_value();
}

/// A copy that was begun and not ended is made anew.
Result<> make_copy(sys::Files& files, const std::string& folder, const std::string& copy) {
  TRY(files.remove(in(copy, kWhole)));
  TRY(copy_all(files, folder, copy));
  return files.replace(in(copy, kWhole), "", 0600);
}

Result<> write_version(sys::Files& files, const std::string& folder, unsigned version) {
  return files.replace(in(folder, kVersionFile), std::format("{}\n", version), 0600);
}

Result<> go_forward(sys::Files& files, const std::string& folder, const Migration& step) {
  const auto copy = in(folder, std::format("before-{}", step.from + 1));
  // Interrupted, the files may be of neither version: the copy is what they were.
  if (TRY(is_whole(files, copy))) {
    TRY(copy_all(files, copy, folder));
  } else {
    TRY(make_copy(files, folder, copy));
  }
  TRY(step.run(files, folder));
  return write_version(files, folder, step.from + 1);
}

Result<> go_back(sys::Files& files, const std::string& folder, unsigned have, unsigned want) {
  const auto copy = in(folder, std::format("before-{}", want + 1));
  const auto newer = in(folder, std::format("newer-{}", have));
  if (!TRY(is_whole(files, newer))) TRY(make_copy(files, folder, newer));
  if (TRY(is_whole(files, copy))) {
    TRY(copy_all(files, copy, folder));
  } else {
    for (const auto name : kKept) TRY(files.remove(in(folder, name)));
  }
  TRY(write_version(files, folder, want));
  // From here on the copy is the state itself, and an update makes a new one.
  TRY(files.remove(in(copy, kWhole)));
  return files.remove(in(newer, kWhole));
}

}  // namespace

std::span<const Migration> migrations() { return {}; }

Result<std::string> bring_state(sys::Files& files, const std::string& folder,
                                std::span<const Migration> steps) {
  const auto want = steps.empty() ? kFirstVersion : steps.back().from + 1;
  const auto have = TRY(read_version(files, folder));
  if (have == want) return std::string();
  if (have > want) {
    TRY(go_back(files, folder, have, want));
    return std::format(
        "the state of version {} is in {}/newer-{}; version {} goes on with what it "
        "had",
        have, folder, have, want);
  }
  for (const auto& step : steps) {
    if (step.from < have) continue;
    auto done = go_forward(files, folder, step);
    if (!done)
      return fail(std::move(done).error().in(
          std::format("bring the state in {} to version {}", folder, step.from + 1)));
  }
  return std::format("the state is brought from version {} to {}", have, want);
}

}  // namespace kgnode::state
