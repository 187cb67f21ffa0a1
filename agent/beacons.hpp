#pragma once
/// Beacons on the wire: the socket that the node has on the vRack, read and written in turn with
/// the table of peers.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "agent/ban_sharing.hpp"
#include "agent/base/clock.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/beacon_keys.hpp"
#include "agent/core/reconciler.hpp"
#include "agent/core/timers.hpp"
#include "agent/peers/table.hpp"
#include "agent/sys/datagram.hpp"
#include "agent/sys/files.hpp"

namespace kgnode {

class Beacons {
 public:
  struct Parts {
    sys::Files& files;
    core::Timers& timers;
    const Clock& clock;
    std::function<core::ConfigPtr()> config;  // null: none is in force
    std::function<peers::Report()> report;    // of this node, now
    BanSharing& bans;
    std::function<void(std::string_view)> warn;
  };

  /// `socket`: empty when systemd handed none; nobody is told anything then.
  Beacons(Parts parts, UniqueFd socket);

  int fd() const { return socket_.get(); }
  const peers::PeerTable& table() const { return table_; }
  void start();
  /// The configuration is another one.
  void take_config();
  /// The report may be another one: who has not heard it is told at once.
  void changed();
  void on_readable();

  /// {"nodes": [this one, then each peer], "datagrams": how many of each kind, "trouble"}
  boost::json::value view() const;
  /// The others in a few words, see summarize_peers().
  boost::json::value summary() const;

 private:
  void tick();
  std::vector<peers::SharedBan> bans_to_tell() const;
  void tell(bool at_once);
  void take(const sys::Datagram& datagram);
  void send(peers::Outgoing outgoing);
  void refresh_own();
  peers::Moment now() const { return {parts_.clock.monotonic(), parts_.clock.wall()}; }

  Parts parts_;
  UniqueFd socket_;
  peers::PeerTable table_;
  core::ConfigPtr config_;
  BeaconKeys keys_;
  peers::Report report_;                     // as last sent
  std::optional<hardening::ban::Ban> told_;  // the newest ban of ours when it was sent
  std::map<std::string, std::uint64_t> counts_;
  unsigned ticks_ = 0;
  bool change_armed_ = false;
};

}  // namespace kgnode
