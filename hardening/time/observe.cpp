/// The file, the service, and what chronyd says.
#include <utility>

#include "hardening/time/time.hpp"

namespace kgnode::hardening {
namespace {

constexpr auto kContainer = "/run/systemd/container";
constexpr std::chrono::seconds kSoon{10};
// A network without a time server: a look is a process of its own, for ever.
constexpr std::chrono::seconds kLater{60};
constexpr unsigned kSoonLooks = 30;

}  // namespace

Task<Result<ClockSeen>> Time::look() {
  // An old one must not pass for what is said now.
  if (auto removed = files_.remove(kChronyAnswer); !removed)
    co_return fail(std::move(removed).error());
  if (auto looked = co_await units_.restart(std::string(kLookUnit)); !looked)
    co_return fail(std::move(looked).error());
  const auto text = files_.read(kChronyAnswer, sys::Files::kReadLimit);
  if (!text) co_return fail(Error(text.error()));
  co_return parse_chrony(text->value_or(""));
}

Task<Result<Time::Observed>> Time::observe(const Desired& /*want*/) {
  const auto limit = sys::Files::kReadLimit;
  Observed have;
  const auto in_vain = std::exchange(looks_in_vain_, 0U);
  const auto container = files_.read(kContainer, limit);
  if (!container) co_return fail(Error(container.error()));
  have.container = container->has_value();
  const auto daemon = files_.attributes(std::string(kDaemon));
  if (!daemon) co_return fail(Error(daemon.error()));
  have.installed = daemon->has_value();
  auto file = files_.read(std::string(kFile), limit);
  if (!file) co_return fail(std::move(file).error());
  have.file = *std::move(file);
  const auto mark = files_.read(std::string(kRestartMark), limit);
  if (!mark) co_return fail(Error(mark.error()));
  have.restart_wanted = mark->has_value();
  if (have.container || !have.installed) co_return have;
  auto state = co_await units_.state(std::string(kUnit));
  if (!state) co_return fail(std::move(state).error());
  have.state = *std::move(state);
  auto seen = co_await look();
  if (seen) {
    have.clock = *std::move(seen);
  } else {
    have.error = seen.error().message();
  }
  if (!have.clock || !clock_trouble(*have.clock, kJoinLimit).empty()) looks_in_vain_ = in_vain + 1;
  co_return have;
}

std::optional<std::chrono::seconds> Time::look_again() const {
  if (looks_in_vain_ == 0) return std::nullopt;
  return looks_in_vain_ <= kSoonLooks ? kSoon : kLater;
}

}  // namespace kgnode::hardening
