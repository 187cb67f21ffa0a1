#pragma once
/// What the dashboard and the web page show besides the status: figures of now, of the last hours,
/// and what became of the nodes.
#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include <boost/json.hpp>

#include "agent/base/clock.hpp"
#include "agent/health/health.hpp"
#include "agent/history.hpp"
#include "agent/node_status.hpp"
#include "agent/peers/table.hpp"
#include "agent/sys/nftables.hpp"
#include "hardening/ban/book.hpp"

namespace kgnode {

/// One for each, so that a page that is open for a day stays small.
inline constexpr std::size_t kBuckets = 144;
inline constexpr std::size_t kRecentBans = 100;

/// {"source", "jail", "since", "until", "strikes"}
boost::json::object to_json(const hardening::ban::Ban& ban);
/// Space, memory, load, interface and energy as last looked at.
boost::json::object make_readings_json(const health::Readings& readings,
                                       const health::Energy& energy);
/// Of `hours`, in at most kBuckets parts.
boost::json::object make_history_json(const History& history, std::chrono::hours hours,
                                      const Clock& clock);

class Figures {
 public:
  struct Parts {
    const Clock& clock;
    sys::Nftables& nftables;
    const hardening::ban::Book& book;
    const health::Health& health;
    const peers::PeerTable& peers;
    /// How this node is, by its address; nullopt: without a configuration.
    std::function<std::optional<std::pair<Address, peers::Report>>()> own;
  };

  explicit Figures(Parts parts) : parts_(std::move(parts)) {}

  /// After each look of the health domain.
  void look();
  /// Of the last look, by rule.
  const std::vector<sys::DropCount>& drops() const { return drops_; }
  /// {"readings": or null, "bans": the newest, "drops": by rule, the most first, "history"}
  boost::json::object show(std::chrono::hours hours) const;

 private:
  void look_at_nodes();

  Parts parts_;
  History history_;
  std::vector<sys::DropCount> drops_;
};

}  // namespace kgnode
