/// What has changed, and whether it is time to say so.
#include "k3s/conditions/teller.hpp"

#include <format>
#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::k3s {
namespace {

/// FNV-1a: the same for a node in each of its lives.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261;
  for (const char letter : text) hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619;
  return hash;
}

bool share_a_check(std::string_view one, std::string_view other) {
  const auto others = split_words(other);
  return std::ranges::any_of(split_words(one), [&others](std::string_view check) {
    return std::ranges::contains(others, check);
  });
}

NodeEvent to_event(const NodeCondition& now, const NodeCondition* before, std::int64_t wall) {
  NodeEvent event{.reason = now.reason,
                  .message = now.message,
                  .warning = now.status != kFalse,
                  .first = wall,
                  .last = wall};
  if (now.status == kFalse && before != nullptr)
    event.message =
        shorten(std::format("{}; before: {}", now.message, before->message), kMessageLimit);
  // Unknown, and neither was a problem: a node that starts comes by here.
  if (now.status == kUnknown && now.causes.empty()) event.warning = false;
  return event;
}

}  // namespace

int Budget::left(Mono now) const {
  const auto debt = paid_until_ - std::min(now, paid_until_);
  return static_cast<int>(std::clamp<std::int64_t>((most_ * each_ - debt) / each_, 0, most_));
}

void Budget::spend(int count, Mono now) {
  paid_until_ = std::max(paid_until_, now) + count * each_;
}

Teller::Teller(std::string_view node)
    : heartbeat_(kHeartbeat - std::chrono::seconds(hash_of(node) % kEarlier.count())) {}

void Teller::recall(const TellReport& report) {
  told_ = report.conditions;
  for (const auto& one : told_) {
    if (one.reason != kStopped) known_.push_back(one);
  }
}

void Teller::hold_problems(std::vector<NodeCondition>& seen, Mono now) {
  for (auto& one : seen) {
    const auto before = std::ranges::find(known_, one.type, &NodeCondition::type);
    const bool unsure = one.status == kUnknown && before != known_.end() &&
                        before->status == kTrue && share_a_check(one.causes, before->causes);
    if (!unsure) {
      unsure_.erase(one.type);
    } else if (now - unsure_.try_emplace(one.type, now).first->second < kProblemHeld) {
      one = *before;
    } else {
      unsure_.erase(one.type);
    }
  }
}

void Teller::note(std::vector<NodeCondition> seen, Mono now, std::chrono::sys_seconds wall) {
  hold_problems(seen, now);
  for (const auto& one : seen) {
    const auto before = std::ranges::find(known_, one.type, &NodeCondition::type);
    const bool is_new = before == known_.end();
    const bool tells =
        is_new ? one.status == kTrue : before->status != one.status || before->reason != one.reason;
    if (tells) add(to_event(one, is_new ? nullptr : &*before, wall.time_since_epoch().count()));
  }
  known_ = std::move(seen);
}

/// One that waits already is counted, and has its words from the last time.
void Teller::add(NodeEvent event) {
  const auto waiting = std::ranges::find(queue_, event.reason, &NodeEvent::reason);
  if (waiting != queue_.end()) {
    event.first = std::min(event.first, waiting->first);
    event.count += waiting->count;
    queue_.erase(waiting);
  }
  queue_.push_back(std::move(event));
  if (queue_.size() > kQueue) queue_.pop_front();
}

std::vector<NodeEvent> Teller::take_events(Mono now) {
  const auto count =
      std::min({queue_.size(), kAtOnce, static_cast<std::size_t>(events_.left(now))});
  std::vector<NodeEvent> taken;
  for (std::size_t i = 0; i < count; ++i) {
    taken.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  events_.spend(static_cast<int>(count), now);
  return taken;
}

bool Teller::has_changed() const { return !std::ranges::equal(known_, told_, says_the_same); }

std::optional<TellRequest> Teller::next(Mono now) {
  if (asked_ || now < not_before_ || known_.empty()) return std::nullopt;
  const bool beats = !told_at_ || now - *told_at_ >= heartbeat_;
  const bool changed = has_changed() && patches_.left(now) > 0;
  const bool happened = !queue_.empty() && events_.left(now) > 0;
  if (!beats && !changed && !happened) return std::nullopt;
  patches_.spend(1, now);
  asked_ = TellRequest{.node = {}, .conditions = known_, .events = take_events(now)};
  return asked_;
}

void Teller::done(const TellReport& report, Mono now) {
  if (!asked_) return;
  auto asked = *std::exchange(asked_, std::nullopt);
  // From the last to the first: what came meanwhile stays behind what was before.
  std::deque<NodeEvent> meanwhile = std::exchange(queue_, {});
  for (auto& event : asked.events) {
    if (!std::ranges::contains(report.delivered, event.reason)) add(std::move(event));
  }
  for (auto& event : meanwhile) add(std::move(event));
  told_ = report.conditions;
  if (report.told) {
    told_at_ = now;
    failures_ = 0;
    return;
  }
  const auto wait = kFirstRetry * (1 << std::min(failures_++, 5));
  not_before_ = now + std::min<std::chrono::seconds>(wait, kLastRetry);
}

}  // namespace kgnode::k3s
