/// The last day, minute by minute.
#include "agent/history.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace kgnode {
namespace {

constexpr double kWhole = 1000;

std::int64_t number_of(History::Mono time) {
  return std::chrono::floor<std::chrono::minutes>(time.time_since_epoch()).count();
}

/// One that is lower than before began anew.
std::uint64_t grown(std::uint64_t before, std::uint64_t now) {
  return now >= before ? now - before : now;
}

void add(std::uint32_t& sum, std::uint64_t more) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  sum = static_cast<std::uint32_t>(std::min<std::uint64_t>(kMost, sum + std::min(more, kMost)));
}

void keep_highest(std::int16_t& highest, std::optional<double> share) {
  if (!share) return;
  const auto part = static_cast<std::int16_t>(std::lround(std::clamp(*share, 0.0, 1.0) * kWhole));
  highest = std::max(highest, part);
}

std::optional<double> busy_share(const health::ProcessorTime& was,
                                 const health::ProcessorTime& now) {
  const auto busy = static_cast<double>(grown(was.busy, now.busy));
  const auto all = busy + static_cast<double>(grown(was.idle, now.idle));
  return all > 0 ? std::optional(busy / all) : std::nullopt;
}

std::optional<double> used_share(const health::Memory& memory) {
  if (memory.total == 0) return std::nullopt;
  return 1 - static_cast<double>(memory.available) / static_cast<double>(memory.total);
}

void raise(std::optional<double>& highest, std::int16_t part) {
  if (part >= 0) highest = std::max(highest.value_or(0), part / kWhole);
}

/// Not in the middle of a character.
std::string cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0U) == 0x80) --limit;
  return std::string(text.substr(0, limit)) + "...";
}

}  // namespace

History::Minute& History::minute_at(Mono now) {
  const auto number = number_of(now);
  auto& minute = minutes_.at(static_cast<std::size_t>(number) % kMinutes);
  if (minute.number != number) minute = {.number = number};
  return minute;
}

void History::note(const Look& look, Mono now) {
  auto& minute = minute_at(now);
  if (last_) {
    add(minute.bans, grown(last_->bans, look.bans));
    if (last_->dropped && look.dropped) add(minute.dropped, grown(*last_->dropped, *look.dropped));
    if (last_->processors && look.processors)
      keep_highest(minute.processor, busy_share(*last_->processors, *look.processors));
  }
  if (look.memory) keep_highest(minute.memory, used_share(*look.memory));
  // What could not be read this time is compared with what it was the last time that it could.
  auto kept = look;
  if (last_ && !kept.dropped) kept.dropped = last_->dropped;
  if (last_ && !kept.processors) kept.processors = last_->processors;
  last_ = kept;
}

bool History::is_news(const Address& address, const NodeState& state) const {
  const auto known = nodes_.find(address);
  return known == nodes_.end() || known->second != state;
}

void History::note_node(const Address& address, NodeState state, std::string_view why, Mono now) {
  if (!is_news(address, state)) return;
  auto was = std::exchange(nodes_[address], state);
  changes_.push_back({now, address, std::move(was), std::move(state), cut(why, kLongestWhy)});
  if (changes_.size() > kChanges) changes_.pop_front();
}

std::vector<History::Bucket> History::buckets(std::chrono::minutes each, std::size_t count,
                                              Mono now) const {
  const auto width = each.count();
  // Borders stay where they are while time goes on, so that a picture of them does not jitter.
  const auto last = number_of(now) / width;
  std::vector<Bucket> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto bucket = last - static_cast<std::int64_t>(count - 1 - i);
    all[i].begin = Mono(std::chrono::minutes(bucket * width));
  }
  for (const auto& minute : minutes_) {
    const auto back = last - minute.number / width;
    if (minute.number < 0 || back < 0 || back >= static_cast<std::int64_t>(count)) continue;
    auto& bucket = all[count - 1 - static_cast<std::size_t>(back)];
    bucket.known = true;
    bucket.bans += minute.bans;
    bucket.dropped += minute.dropped;
    raise(bucket.processor, minute.processor);
    raise(bucket.memory, minute.memory);
  }
  return all;
}

}  // namespace kgnode
