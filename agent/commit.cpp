/// Which configuration is in force. Order of writes: way back, node.toml, the node itself.
#include "agent/commit.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "agent/base/kept_tokens.hpp"
#include "agent/firstboot/node_toml.hpp"

namespace kgnode {
namespace {

constexpr mode_t kConfigMode = 0600;  // may hold the join token

std::unexpected<Refusal> refuse(Refusal::Kind kind, std::string message) {
  return std::unexpected(Refusal{.kind = kind, .message = std::move(message)});
}

const core::Condition* find_failure(const std::vector<core::Condition>& conditions) {
  const auto it = std::ranges::find_if(conditions, [](const core::Condition& condition) {
    return condition.phase == core::Phase::failed || condition.phase == core::Phase::unknown;
  });
  return it == conditions.end() ? nullptr : &*it;
}

// All of the errors are for who asks; a reason has room for the first.
std::string in_one_line(const Refusal& refusal) {
  const auto first = std::ranges::find(refusal.diagnostics, config::Severity::error,
                                       &config::Diagnostic::severity);
  if (first == refusal.diagnostics.end()) return refusal.message;
  return std::format("{}, beginning with {}", refusal.message, config::to_line(*first));
}

}  // namespace

Commit::Commit(Parts parts)
    : parts_(std::move(parts)), pending_file_(parts_.files, parts_.paths.pending) {}

void Commit::take() {
  in_force_.absent = false;
  auto text = parts_.files.read(parts_.paths.config);
  if (!text) return fall_back(text.error().message());
  auto settled = settle_pending(*std::move(text));
  if (!settled) return fall_back(settled.error().message());
  if (!*settled) {
    in_force_.absent = true;
    return fall_back(
        std::format("there is no configuration: put one at \"{}\" or run "
                    "\"kgnode apply FILE\"",
                    parts_.paths.config));
  }
  if (config_ && in_force_.trouble.empty() && state::hash_text(**settled) == in_force_.hash) return;
  auto checked = check(**settled);
  if (!checked) return fall_back(in_one_line(checked.error()));
  adopt(checked->text, checked->config);
  parts_.reconciler.want(config_);
}

/// The text that is in force once a pending change was judged.
Result<std::optional<std::string>> Commit::settle_pending(std::optional<std::string> text) {
  if (pending_) return text;  // ours, and its deadline is being watched
  pending_ = TRY(pending_file_.load());
  if (!pending_) return text;
  switch (state::judge(*pending_, text ? state::hash_text(*text) : "", parts_.moment())) {
    case state::Verdict::wait:
      watch_deadline();
      return text;
    case state::Verdict::stale:
      pending_.reset();
      TRY(pending_file_.clear());
      return text;
    case state::Verdict::revert:
      break;
  }
  parts_.tell("an unconfirmed change was found at start: the configuration before it returns");
  TRY(put_back());
  return TRY(parts_.files.read(parts_.paths.config));
}

void Commit::adopt(const std::string& text, core::ConfigPtr config) {
  config_ = std::move(config);
  in_force_ = {.hash = state::hash_text(text),
               .loaded_at = parts_.clock.wall(),
               .generation = in_force_.generation + 1,
               .trouble = {}};
  if (auto kept = parts_.files.replace(parts_.paths.last_good, text, kConfigMode); !kept)
    parts_.tell("keep a copy of the configuration: " + kept.error().message());
}

void Commit::fall_back(std::string trouble) {
  if (trouble != in_force_.trouble) parts_.tell(trouble);
  in_force_.trouble = std::move(trouble);
  if (config_) return;  // what runs stays in force
  auto text = parts_.files.read(parts_.paths.last_good);
  if (!text || !*text) return;
  auto checked = check(**text);
  if (!checked) return;
  config_ = checked->config;
  in_force_.hash = state::hash_text(checked->text);
  in_force_.loaded_at = parts_.clock.wall();
  in_force_.trouble += "; the last good configuration is in force";
  parts_.reconciler.want(config_);
}

Answer<Commit::Checked> Commit::check(std::string text) const {
  auto loaded = config::load_text(text, parts_.paths.config);
  if (!loaded.config) {
    const auto errors = std::ranges::count(loaded.diagnostics, config::Severity::error,
                                           &config::Diagnostic::severity);
    return std::unexpected(Refusal{
        .kind = Refusal::Kind::invalid,
        .message = std::format("the configuration has {} error{}", errors, errors == 1 ? "" : "s"),
        .diagnostics = std::move(loaded.diagnostics)});
  }
  return Checked{.config = std::make_shared<const config::Config>(*std::move(loaded.config)),
                 .text = std::move(text)};
}

Task<Answer<std::vector<core::Condition>>> Commit::plan(std::optional<std::string> text) {
  if (!text) {
    if (!config_) co_return refuse(Refusal::Kind::failed, in_force_.trouble);
    co_return co_await parts_.reconciler.check(config_);
  }
  auto checked = check(*std::move(text));
  if (!checked) co_return std::unexpected(std::move(checked).error());
  co_return co_await parts_.reconciler.check(checked->config);
}

Task<Answer<std::vector<core::Condition>>> Commit::apply(std::string text,
                                                         std::optional<std::chrono::seconds> window,
                                                         uid_t by) {
  const auto guard = co_await lock_.acquire();
  if (pending_) {
    co_return refuse(Refusal::Kind::pending,
                     "a change waits for its confirmation: run \"kgnode confirm\" to keep it or "
                     "\"kgnode revert\" to end it first");
  }
  auto checked = check(std::move(text));
  if (!checked) co_return std::unexpected(std::move(checked).error());

  auto previous = parts_.files.read(parts_.paths.config);
  if (!previous) co_return refuse(Refusal::Kind::failed, previous.error().message());
  if (window && !*previous) {
    co_return refuse(Refusal::Kind::pending,
                     "there is no configuration to come back to yet: apply the first one without "
                     "--confirm-within");
  }
  if (auto kept = keep_token(*checked); !kept)
    co_return refuse(Refusal::Kind::failed, kept.error().message());
  if (*previous) {
    // Without a window the way back serves a crash or a failing step only: no half change stays.
    auto armed = arm(checked->text, **previous, window.value_or(std::chrono::seconds(0)), by);
    if (!armed) co_return refuse(Refusal::Kind::failed, armed.error().message());
  }
  if (auto put = parts_.files.replace(parts_.paths.config, checked->text, kConfigMode); !put) {
    if (pending_) (void)put_back();  // the first error says why; node.toml was not touched
    co_return refuse(Refusal::Kind::failed, put.error().message());
  }
  // From here on a crash, a reboot or the deadline brings the old configuration back.
  adopt(checked->text, checked->config);
  co_return co_await carry_out(window.has_value());
}

/// An inline join token goes where it can be removed once the node has joined; in a file of its
/// own, so that a configuration that is gone back to has the token that it had.
Result<> Commit::keep_token(Checked& checked) {
  const auto file = std::format("{}/k3s-token-{:.16}", kKeptTokens, state::hash_text(checked.text));
  const auto parted = firstboot::part_token(checked.text, file);
  if (!parted) return {};
  TRY(parts_.files.replace(file, parted->token, kConfigMode));
  auto without = check(parted->text);
  if (!without) return fail(Error::plain(without.error().message));
  checked = *std::move(without);
  return {};
}

Task<Answer<std::vector<core::Condition>>> Commit::carry_out(bool wait_for_confirmation) {
  auto conditions = co_await parts_.reconciler.enforce(config_);
  const auto* failure = find_failure(conditions);
  if (failure != nullptr && pending_) {
    auto message = std::format("{}: {}; the configuration before is in force again",
                               failure->domain, failure->error);
    auto back = co_await revert("a step failed");
    if (!back) message += "; taking it back: " + back.error().message;
    co_return refuse(Refusal::Kind::failed, std::move(message));
  }
  if (pending_ && wait_for_confirmation) {
    watch_deadline();
  } else if (pending_) {
    if (auto kept = clear_pending(); !kept) co_return std::unexpected(std::move(kept).error());
  }
  co_return conditions;
}

Result<> Commit::arm(const std::string& text, const std::string& previous,
                     std::chrono::seconds window, uid_t by) {
  const auto moment = parts_.moment();
  state::Pending pending{.previous = previous,
                         .wanted_hash = state::hash_text(text),
                         .boot_id = moment.boot_id,
                         .deadline = moment.now + window,
                         .by = by};
  TRY(pending_file_.save(pending));
  pending_ = std::move(pending);
  return {};
}

void Commit::watch_deadline() {
  const auto left = std::max(pending_->deadline - parts_.moment().now, state::BootTime(0));
  parts_.timers.after(left, [this, armed = *pending_] {
    if (pending_ != armed) return;  // confirmed, reverted, or another one by now
    spawn(revert("it was not confirmed in time"), [](auto) {});
  });
}

Answer<void> Commit::confirm() {
  if (!pending_) return refuse(Refusal::Kind::nothing_pending, "no change waits for confirmation");
  if (lock_.is_held()) {
    return refuse(Refusal::Kind::pending,
                  "the change is still being applied: confirm it after that");
  }
  return clear_pending();
}

Answer<void> Commit::clear_pending() {
  if (auto cleared = pending_file_.clear(); !cleared)
    return refuse(Refusal::Kind::failed, cleared.error().message());
  pending_.reset();
  return {};
}

Result<> Commit::put_back() {
  TRY(parts_.files.replace(parts_.paths.config, pending_->previous, kConfigMode));
  pending_.reset();
  return pending_file_.clear();
}

Task<Answer<std::vector<core::Condition>>> Commit::revert(std::string why) {
  if (!pending_)
    co_return refuse(Refusal::Kind::nothing_pending, "no change waits for confirmation");
  parts_.tell("the unconfirmed change is taken back: " + why);
  if (auto back = put_back(); !back)
    co_return refuse(Refusal::Kind::failed, back.error().message());
  take();
  if (!config_) co_return std::vector<core::Condition>{};
  co_return co_await parts_.reconciler.enforce(config_);
}

std::optional<Commit::Deadline> Commit::deadline() const {
  if (!pending_) return std::nullopt;
  return Deadline{.left = std::max(pending_->deadline - parts_.moment().now, state::BootTime(0)),
                  .by = pending_->by};
}

}  // namespace kgnode
