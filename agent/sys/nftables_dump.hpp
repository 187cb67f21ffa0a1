#pragma once
/// What the kernel says of one table of the inet family, read from its dumps.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/netlink.hpp"
#include "agent/sys/nftables.hpp"

namespace kgnode::sys {

struct DumpedSet {
  nft::Set shape;  // without elements
  bool anonymous = false;
};

struct DumpedTable {
  std::uint32_t flags = 0;
  std::uint32_t owner_port = 0;
  std::vector<nft::Chain> chains;
  std::vector<DumpedSet> sets;
  std::size_t rules = 0;
  std::uint64_t digest = 0;
  std::uint64_t filled_sets = 0;
};

/// nullopt: there is no such table.
Result<std::optional<DumpedTable>> dump_table(Netlink& netlink, std::string_view table);
/// Elements with the time they have left; ranges are sorted and whole.
Result<std::vector<nft::Element>> dump_elements(Netlink& netlink, std::string_view table,
                                                const std::string& set);

/// What rules that drop have counted; of those without a comment nothing. Errors: ENOENT when there
/// is no such table.
Result<std::vector<DropCount>> dump_drops(Netlink& netlink, std::string_view table);

/// Is this nf_tables notification about the table?
bool is_about_table(const nlmsghdr& message, std::string_view table);

}  // namespace kgnode::sys
