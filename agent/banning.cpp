/// The parts of banning, put together.
#include "agent/banning.hpp"

#include <linux/rtnetlink.h>

#include <random>
#include <utility>

#include "agent/sys/addresses.hpp"
#include "agent/sys/real_file_follower.hpp"
#include "agent/sys/real_journal.hpp"

namespace kgnode {
namespace {

using namespace hardening::ban;

Result<std::unique_ptr<sys::Journal>> open_journal(std::vector<sys::JournalMatch> matches) {
  return std::make_unique<sys::RealJournal>(
      TRY(sys::RealJournal::open({.matches = std::move(matches), .folder = {}})));
}

Result<std::unique_ptr<sys::FileFollower>> open_files(
    std::vector<std::string> patterns, std::optional<std::vector<sys::FilePosition>> positions) {
  return std::make_unique<sys::RealFileFollower>(
      TRY(sys::RealFileFollower::open(patterns, std::move(positions))));
}

std::uint64_t make_seed() {
  std::random_device random;
  return (std::uint64_t{random()} << 32U) | random();
}

}  // namespace

Banning::Banning(Parts parts, sys::FdSet sources)
    : parts_(std::move(parts)),
      engine_(engine_parts(), std::move(sources)),
      domain_({.engine = engine_,
               .book = book_,
               .files = parts_.files,
               .clock = parts_.clock,
               .list_addresses = sys::list_addresses,
               .why_late = [this] { return wakeup_.finding(); }}) {}

Engine::Parts Banning::engine_parts() {
  return {.book = book_,
          .store = store_,
          .clock = parts_.clock,
          .timers = parts_.loop,
          .open_journal = open_journal,
          .open_files = open_files,
          .seed = make_seed(),
          .tell = parts_.tell,
          .run_domain = parts_.run_domain};
}

Result<> Banning::start() {
  parts_.loop.on_readable(engine_.fd(), [this] { engine_.look(); });
  TRY(wakeup_.start());
  if (wakeup_.fd() >= 0) parts_.loop.on_readable(wakeup_.fd(), [this] { wakeup_.on_readable(); });
  return watch_addresses();
}

/// Whoever becomes one of this node's addresses is never banned from then on.
Result<> Banning::watch_addresses() {
  addresses_ = TRY(sys::Netlink::open(NETLINK_ROUTE));
  TRY(addresses_->join(RTNLGRP_IPV4_IFADDR));
  TRY(addresses_->join(RTNLGRP_IPV6_IFADDR));
  parts_.loop.on_readable(addresses_->fd(), [this] {
    (void)addresses_->drain([](const nlmsghdr&) {});  // lost or not: they are listed anew
    parts_.run_domain();
  });
  return {};
}

}  // namespace kgnode
