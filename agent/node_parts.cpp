#include "agent/node_parts.hpp"

#include <utility>

#include "agent/node_files.hpp"
#include "agent/sys/boot.hpp"
#include "agent/sys/handed_socket.hpp"

namespace kgnode {

Result<Opened> open_parts(sys::Files& files, const Clock& clock) {
  auto boot_id = TRY(sys::read_boot_id());
  const auto start_of_init = TRY(sys::read_start_of_init());
  auto oplog = TRY(core::Oplog::open({.boot_id = boot_id}, clock));
  auto owned = TRY(state::OwnedFile::load(files, kOwned));
  auto nftables = TRY(sys::RealNftables::open());
  auto foreign_edits = TRY(sys::NftablesWatch::open("kgnode", nftables.port()));
  auto watcher = TRY(sys::Watcher::make());
  auto log_sources = TRY(sys::FdSet::make());
  auto disk_events = TRY(sys::DiskEvents::open());
  auto seat = sys::take_handed_socket("seat");
  auto outlet = sys::take_handed_socket("http");
  auto socket = TRY(api::open_admin_socket());
  auto groups = TRY(api::read_access_groups());
  return Opened{std::move(boot_id),
                start_of_init,
                std::move(oplog),
                std::move(owned),
                std::move(nftables),
                std::move(foreign_edits),
                std::move(watcher),
                std::move(log_sources),
                std::move(disk_events),
                std::move(seat),
                std::move(outlet),
                std::move(socket),
                groups};
}

}  // namespace kgnode
