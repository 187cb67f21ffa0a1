#pragma once
/// The parts of banning on this machine, put together and driven by the loop.
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "agent/base/clock.hpp"
#include "agent/base/result.hpp"
#include "agent/sys/fd_set.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/log_wakeup.hpp"
#include "agent/sys/loop.hpp"
#include "agent/sys/netlink.hpp"
#include "agent/sys/nftables.hpp"
#include "hardening/ban/ban.hpp"

namespace kgnode {

class Banning {
 public:
  struct Parts {
    sys::Nftables& nftables;
    sys::Loop& loop;
    sys::Files& files;
    const Clock& clock;
    std::function<void(std::string_view)> tell;
    std::function<void()> run_domain;  // soon
  };

  Banning(Parts parts, sys::FdSet sources);
  Banning(const Banning&) = delete;
  Banning& operator=(const Banning&) = delete;
  ~Banning() = default;

  /// From here on lines lead to bans, as soon as the domain has run.
  Result<> start();
  /// How far the logs were read, before the agent ends.
  void save() { engine_.save(); }

  hardening::Bans& domain() { return domain_; }
  hardening::ban::Book& book() { return book_; }
  const hardening::ban::Engine& engine() const { return engine_; }

 private:
  hardening::ban::Engine::Parts engine_parts();
  Result<> watch_addresses();

  Parts parts_;
  hardening::ban::Store store_{hardening::ban::Store::kPath};
  hardening::ban::KernelSets kernel_{parts_.nftables};
  hardening::ban::Book book_{store_, kernel_, parts_.clock.wall()};
  hardening::ban::Engine engine_;
  sys::LogWakeup wakeup_{parts_.loop, [this] { engine_.look(); }};
  std::optional<sys::Netlink> addresses_;  // tells that they changed
  hardening::Bans domain_;
};

}  // namespace kgnode
