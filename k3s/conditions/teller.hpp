#pragma once
/// When the cluster is told what: at once when a condition changes, otherwise each few minutes, and
/// never more than an API server can bear from thousands of nodes. Pure.
#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "k3s/conditions/tell.hpp"

namespace kgnode::k3s {

/// So many at once, and then one for each interval.
class Budget {
 public:
  using Mono = std::chrono::steady_clock::time_point;
  constexpr Budget(int most, std::chrono::seconds each) : most_(most), each_(each) {}

  int left(Mono now) const;
  void spend(int count, Mono now);

 private:
  int most_;
  std::chrono::seconds each_;
  Mono paid_until_{};
};

class Teller {
 public:
  using Mono = std::chrono::steady_clock::time_point;

  /// As node-problem-detector has it. Each node is a little earlier, by its name, so that those
  /// which booted together do not go on together.
  static constexpr std::chrono::seconds kHeartbeat{300};
  static constexpr std::chrono::seconds kEarlier{60};
  static constexpr std::size_t kQueue = 32;  // of reasons; more events of one are counted
  static constexpr std::size_t kAtOnce = 10;
  static constexpr std::chrono::seconds kFirstRetry{10};
  static constexpr std::chrono::seconds kLastRetry{300};
  /// A check that was not looked at often enough yet, after the agent was restarted, does not take
  /// a problem back.
  static constexpr std::chrono::seconds kProblemHeld{180};

  explicit Teller(std::string_view node);

  /// What the cluster was told before the agent was restarted.
  void recall(const TellReport& report);
  void note(std::vector<NodeCondition> seen, Mono now, std::chrono::sys_seconds wall);
  /// What is to be told now; nullopt: nothing, or not yet. Then nothing more until done().
  std::optional<TellRequest> next(Mono now);
  void done(const TellReport& report, Mono now);

  /// As the cluster has them. Empty: it was told nothing.
  const std::vector<NodeCondition>& told() const { return told_; }

 private:
  void hold_problems(std::vector<NodeCondition>& seen, Mono now);
  void add(NodeEvent event);
  std::vector<NodeEvent> take_events(Mono now);
  bool has_changed() const;

  std::chrono::seconds heartbeat_;
  std::vector<NodeCondition> known_;  // as noted last
  std::vector<NodeCondition> told_;
  std::optional<Mono> told_at_;
  std::map<std::string, Mono, std::less<>> unsure_;  // problems that are unknown now: since when
  std::deque<NodeEvent> queue_;
  std::optional<TellRequest> asked_;
  Budget patches_{10, std::chrono::seconds(30)};
  // client-go gives one source 25 events for one object, and then one in 5 minutes.
  Budget events_{25, std::chrono::seconds(60)};
  int failures_ = 0;
  Mono not_before_{};
};

}  // namespace kgnode::k3s
