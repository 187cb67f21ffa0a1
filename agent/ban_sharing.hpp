#pragma once
/// Bans that nodes tell each other of: who attacks one is kept out by all.
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/peers/beacon.hpp"
#include "hardening/ban/book.hpp"
#include "hardening/ban/engine.hpp"

namespace kgnode {

/// What of another node's bans is to be one here too: not who is never banned, nor who is settled
/// (banned already, or let go a moment ago), nor longer than `longest`.
std::vector<hardening::ban::NewBan> bans_to_take(
    const std::string& node, const std::vector<peers::SharedBan>& bans,
    const std::vector<hardening::ban::Never>& never, std::chrono::seconds longest,
    const std::function<bool(const Prefix&)>& is_settled, hardening::ban::Time now);

class BanSharing {
 public:
  /// How long a ban is told after it began: three beacons may be lost.
  static constexpr std::chrono::seconds kToldFor{20};
  static constexpr std::chrono::minutes kLiftHolds{5};

  BanSharing(hardening::ban::Book& book, const hardening::ban::Engine& engine)
      : book_(book), engine_(engine) {}

  /// Those that began here a moment ago, newest first; what another node told of is told no
  /// further.
  std::vector<peers::SharedBan> to_tell(hardening::ban::Time now) const;
  std::optional<hardening::ban::Ban> newest() const {
    return book_.recent().empty() ? std::nullopt : std::optional(book_.recent().front());
  }
  /// Bans what the node of this name has banned; nothing while bans are off.
  Result<> take(const std::string& node, const std::vector<peers::SharedBan>& bans,
                hardening::ban::Time now);

 private:
  hardening::ban::Book& book_;
  const hardening::ban::Engine& engine_;
};

}  // namespace kgnode
