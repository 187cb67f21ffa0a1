/// One file, one load, one restart.
#include <format>

#include "hardening/audit/audit.hpp"

namespace kgnode::hardening {
namespace {

constexpr mode_t kPrivate = 0600;

}  // namespace

Task<Result<>> Audit::load(std::string hash) {
  // Until both are known again, nothing is known to be loaded.
  if (auto forgotten = files_.remove(std::string(kLoaded)); !forgotten) co_return forgotten;
  if (auto loaded = co_await units_.restart(std::string(kRulesUnit)); !loaded) {
    co_return fail(std::move(loaded).error().in(
        "load the rules (journalctl -u audit-rules names the one that is refused)"));
  }
  if (hash.empty()) co_return Result<>{};
  auto seen = co_await look();
  if (!seen) co_return fail(std::move(seen).error());
  const auto text = std::format("{} {}\n", hash, seen->rules.hash);
  co_return files_.replace(std::string(kLoaded), text, kPrivate);
}

Task<Result<>> Audit::restart_daemon() {
  if (auto restarted = co_await units_.restart(std::string(kDaemonUnit)); !restarted)
    co_return restarted;
  co_return files_.remove(std::string(kRestartMark));
}

Task<Result<>> Audit::apply(const Step& step) {
  switch (step.action) {
    case Action::write_file:
      // Before the file: if we are stopped in between, the next run still restarts.
      if (step.subject == kDaemonFile) {
        if (auto marked = files_.replace(std::string(kRestartMark), "", kPrivate); !marked)
          co_return marked;
      }
      co_return files_.replace(step.subject, step.after, kPrivate);
    case Action::remove_file:
      co_return files_.remove(step.subject);
    case Action::load:
      co_return co_await load(step.after);
    case Action::restart_daemon:
      co_return co_await restart_daemon();
  }
  co_return fail(Error::plain("audit: unknown step"));
}

}  // namespace kgnode::hardening
