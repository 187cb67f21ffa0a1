/// Closes the node and restores its bans.
#include "agent/early.hpp"

#include <format>
#include <print>

#include "agent/state/migrate.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/log.hpp"
#include "agent/sys/nftables_real.hpp"
#include "hardening/ban/kernel_sets.hpp"
#include "hardening/firewall/firewall.hpp"

namespace kgnode {

using hardening::ban::Store;

Result<std::size_t> restore_bans(sys::Nftables& nftables, Store& store,
                                 std::chrono::system_clock::time_point now) {
  const auto bans = TRY(store.load(now));
  if (bans.empty()) return 0;
  const auto bits = hardening::ban::common_bits(bans);
  if (bits != hardening::SourceBits{}) TRY(hardening::load_closed_firewall(nftables, bits));
  TRY(hardening::ban::KernelSets(nftables).fill(bits, bans, {}, now));
  return bans.size();
}

namespace {

/// Nothing of this keeps the node from its network: it is closed already.
void restore_stored_bans(sys::Nftables& nftables) {
  sys::RealFiles files;
  // The first to read what a version before this one has left.
  const auto brought = state::bring_state(files, state::kStateFolder, state::migrations());
  if (!brought) sys::log(sys::Level::error, brought.error().message());
  if (brought && !brought->empty()) sys::log(sys::Level::notice, *brought);
  const auto file = files.attributes(Store::kPath);
  if (file && !*file) return;  // none was ever banned
  Store store(Store::kPath);
  const auto restored = restore_bans(nftables, store, std::chrono::system_clock::now());
  for (const auto& note : store.take_notes()) sys::log(sys::Level::warning, note);
  if (!restored) {
    sys::log(sys::Level::error, std::format("bans are not in force until the agent has started: {}",
                                            restored.error().message()));
  } else if (*restored > 0) {
    sys::log(sys::Level::info, std::format("{} bans restored", *restored));
  }
}

}  // namespace

int run_early() {
  auto nftables = sys::RealNftables::open();
  const auto done = nftables ? hardening::load_closed_firewall(*nftables)
                             : Result<>(fail(Error(nftables.error())));
  if (!done) {
    std::println(stderr, "kgnode: close the firewall: {}", done.error().message());
    return 1;
  }
  restore_stored_bans(*nftables);
  return 0;
}

}  // namespace kgnode
