/// Bans that nodes tell each other of.
#include "agent/ban_sharing.hpp"

#include <algorithm>
#include <format>
#include <utility>

namespace kgnode {

using hardening::ban::Ban, hardening::ban::NewBan, hardening::ban::Time;

std::vector<peers::SharedBan> BanSharing::to_tell(Time now) const {
  std::vector<peers::SharedBan> all;
  for (const auto& ban : book_.recent()) {
    if (now - ban.since > kToldFor) break;
    if (ban.until > now)
      all.push_back(
          {.source = ban.source, .left = std::chrono::ceil<std::chrono::seconds>(ban.until - now)});
  }
  return all;
}

std::vector<NewBan> bans_to_take(const std::string& node, const std::vector<peers::SharedBan>& bans,
                                 const std::vector<hardening::ban::Never>& never,
                                 std::chrono::seconds longest,
                                 const std::function<bool(const Prefix&)>& is_settled, Time now) {
  std::vector<NewBan> fresh;
  for (const auto& shared : bans) {
    if (find_never(never, shared.source) != nullptr || is_settled(shared.source)) continue;
    Ban ban{.source = shared.source,
            .jail = hardening::ban::kSharedJail,
            .since = now,
            .until = now + std::min(shared.left, longest)};
    fresh.push_back({.ban = std::move(ban), .lines = {std::format("{} banned it", node)}});
  }
  return fresh;
}

Result<> BanSharing::take(const std::string& node, const std::vector<peers::SharedBan>& bans,
                          Time now) {
  const auto& settings = engine_.settings();
  if (bans.empty() || !settings || !settings->enabled) return {};
  const auto is_settled = [this, now](const Prefix& source) {
    return book_.is_banned(source, now) || book_.was_lifted(source, now - kLiftHolds);
  };
  auto fresh = bans_to_take(node, bans, engine_.never(), settings->longest, is_settled, now);
  return fresh.empty() ? Result<>() : book_.add(std::move(fresh), now);
}

}  // namespace kgnode
