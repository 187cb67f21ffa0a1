#pragma once
/// What the node says over HTTP on the vRack: whether it lives, whether it takes work, its figures.
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include <boost/json.hpp>

#include "agent/api/server_outlet.hpp"
#include "agent/base/clock.hpp"
#include "agent/commit.hpp"
#include "agent/core/reconciler.hpp"
#include "agent/health/health.hpp"
#include "agent/metrics.hpp"
#include "agent/node_status.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/loop.hpp"
#include "hardening/ban/book.hpp"
#include "hardening/ban/engine.hpp"
#include "k3s/day2/reboot.hpp"

namespace kgnode {

/// The health domain looks each 10 s; only work that has hung takes as long as this.
inline constexpr std::chrono::minutes kRoundIsStale{5};

/// 200 while rounds come to their end.
api::Page health_page(std::chrono::steady_clock::duration since_round);
/// The web page itself, which runs nothing but its own script.
api::Page web_page();
/// 200 only in the phase ready, and not while the pods are about to be moved away.
api::Page ready_page(const PhaseReport& phase, const std::optional<k3s::RebootRecord>& reboot);

class Outlet {
 public:
  struct Parts {
    sys::Loop& loop;
    sys::Files& files;
    const Clock& clock;
    const Commit& commit;
    const core::Reconciler& reconciler;
    const hardening::ban::Book& book;
    const hardening::ban::Engine& engine;
    const health::Health& health;
    std::function<PhaseReport()> phase;
    std::function<std::string()> k3s_stage;
    std::function<std::string()> image;         // its version; empty: none
    std::function<boost::json::object()> page;  // what the web page shows
    std::function<std::vector<sys::DropCount>()> drops;
  };

  /// `listening`: empty when systemd handed none; nobody is answered then.
  Outlet(Parts parts, UniqueFd listening);

  /// A domain has run.
  void note_round() { last_round_ = parts_.clock.monotonic(); }

 private:
  struct Dates {
    std::optional<std::chrono::system_clock::time_point> snapshot;
    std::optional<std::chrono::system_clock::time_point> certificate;
  };

  bool is_ours(const Address& local) const;
  std::optional<api::Page> find(const std::string& path, const std::string& accept);
  api::Page metrics_page(const std::string& accept);
  Metrics gather();
  const Dates& dates();
  api::Page page_data();
  void add_bans(Metrics& metrics) const;

  Parts parts_;
  std::chrono::steady_clock::time_point last_round_ = parts_.clock.monotonic();
  Dates dates_;
  std::optional<std::chrono::steady_clock::time_point> dated_;
  std::string page_data_;
  std::optional<std::chrono::steady_clock::time_point> page_made_;
  api::OutletServer server_;
};

}  // namespace kgnode
