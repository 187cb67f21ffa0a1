#pragma once
/// The last day, minute by minute, and what became of each node meanwhile: for the dashboard and
/// the web page. In memory only and of a bounded size; pure.
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/health/readings.hpp"

namespace kgnode {

class History {
 public:
  using Mono = std::chrono::steady_clock::time_point;

  /// What was counted and measured at one look. Counters may begin anew.
  struct Look {
    std::uint64_t bans = 0;                // begun since the agent started
    std::optional<std::uint64_t> dropped;  // packets
    std::optional<health::ProcessorTime> processors;
    std::optional<health::Memory> memory;
  };
  void note(const Look& look, Mono now);

  /// How a node is; what is as it was is not kept again. `why` may be long: it is cut.
  struct NodeState {
    std::string name;
    std::string state;
    std::string phase;
    bool operator==(const NodeState&) const = default;
  };
  bool is_news(const Address& address, const NodeState& state) const;
  void note_node(const Address& address, NodeState state, std::string_view why, Mono now);

  /// Some minutes together: what was counted in them, and the highest of what was measured.
  struct Bucket {
    Mono begin;
    bool known = false;  // somebody looked
    std::uint64_t bans = 0;
    std::uint64_t dropped = 0;
    std::optional<double> processor;  // share that was busy
    std::optional<double> memory;     // share in use
  };
  /// Of `each` minutes, the newest last, which may not be over.
  std::vector<Bucket> buckets(std::chrono::minutes each, std::size_t count, Mono now) const;

  struct Change {
    Mono at;
    Address address;
    NodeState was;  // without a state: it was not known
    NodeState node;
    std::string why;
  };
  /// Oldest first.
  const std::deque<Change>& changes() const { return changes_; }

  static constexpr std::size_t kMinutes = 1440;
  static constexpr std::size_t kChanges = 1024;
  static constexpr std::size_t kLongestWhy = 200;

 private:
  struct Minute {
    std::int64_t number = -1;  // since the clock began; -1: none yet
    std::uint32_t bans = 0;
    std::uint32_t dropped = 0;
    std::int16_t processor = -1;  // of 1000; -1: unknown
    std::int16_t memory = -1;
  };

  Minute& minute_at(Mono now);

  std::array<Minute, kMinutes> minutes_{};
  std::optional<Look> last_;
  std::map<Address, NodeState> nodes_;
  std::deque<Change> changes_;
};

}  // namespace kgnode
