/// Files, which paths are there, and what the helper says of the kernel.
#include <algorithm>
#include <array>
#include <format>

#include "agent/base/text.hpp"
#include "hardening/audit/audit.hpp"
#include "hardening/audit/look.hpp"

namespace kgnode::hardening {
namespace {

constexpr auto kContainer = "/run/systemd/container";
/// Where Debian puts programs; images of containers are elsewhere, and not the node's.
constexpr std::array<std::string_view, 6> kProgramFolders{"/usr/bin",         "/usr/lib/dbus-1.0",
                                                          "/usr/lib/openssh", "/usr/lib/polkit-1",
                                                          "/usr/libexec",     "/usr/sbin"};
constexpr mode_t kSetId = 06000;

Result<std::vector<std::string>> list_set_id(sys::Files& files) {
  std::vector<std::string> programs;
  for (const auto folder : kProgramFolders) {
    for (const auto& name : TRY(files.list(std::string(folder)))) {
      const auto path = std::format("{}/{}", folder, name);
      const auto found = TRY(files.attributes(path));
      if (found && (found->mode & kSetId) != 0) programs.push_back(path);
    }
  }
  return programs;
}

std::optional<Audit::Loaded> parse_loaded(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  const auto words = split_words(trim(*text));
  if (words.size() != 2) return std::nullopt;
  return Audit::Loaded{std::string(words[0]), std::string(words[1])};
}

}  // namespace

Result<> Audit::read_files(const Desired& want, Observed& have) {
  const auto limit = sys::Files::kReadLimit;
  if (TRY(files_.read(kContainer, limit))) have.absent = Absent::container;
  if (!TRY(files_.attributes(std::string(kLoader)))) {
    have.absent = Absent::package;
    return {};
  }
  for (const auto path : {kRulesFile, kLockFile, kDaemonFile})
    have.files[std::string(path)] = TRY(files_.read(std::string(path), limit));
  for (const auto& row : want.rules) {
    if (row.needs.starts_with('/') && TRY(files_.attributes(row.needs)))
      have.there.insert(row.needs);
  }
  have.set_id = TRY(list_set_id(files_));
  have.restart_wanted = TRY(files_.read(std::string(kRestartMark), limit)).has_value();
  have.loaded = parse_loaded(TRY(files_.read(std::string(kLoaded), limit)));
  return {};
}

Task<Result<sys::AuditSeen>> Audit::look() {
  // An old one must not pass for what is seen now.
  if (auto removed = files_.remove(kAuditLook); !removed)
    co_return fail(std::move(removed).error());
  if (auto looked = co_await units_.restart(kAuditLookUnit); !looked)
    co_return fail(std::move(looked).error());
  const auto text = files_.read(kAuditLook, sys::Files::kReadLimit);
  if (!text) co_return fail(Error(text.error()));
  co_return parse_audit_look(text->value_or(""));
}

Task<Result<Audit::Observed>> Audit::observe(const Desired& want) {
  Observed have;
  if (auto read = read_files(want, have); !read) co_return fail(std::move(read).error());
  if (have.absent != Absent::none) co_return have;
  auto state = co_await units_.state(std::string(kDaemonUnit));
  if (!state) co_return fail(std::move(state).error());
  have.daemon_state = *std::move(state);
  auto seen = co_await look();
  if (seen) {
    have.kernel = *std::move(seen);
  } else {
    have.error = seen.error().message();
  }
  co_return have;
}

}  // namespace kgnode::hardening
