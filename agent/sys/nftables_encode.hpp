#pragma once
/// Table values to netlink messages, through libnftnl.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"
#include "agent/sys/netlink.hpp"
#include "agent/sys/nftables.hpp"

namespace kgnode::sys {

/// One transaction for nf_tables: the calls below append to it in order, finish() closes it.
class NftBatch {
 public:
  explicit NftBatch(std::string_view table);

  void add_table(std::uint32_t flags);
  void delete_table();
  void delete_all_rules();
  void delete_chain(const std::string& name);
  void delete_set(const std::string& name);
  void add_chain(const nft::Chain& chain);
  void add_set(const nft::Set& set);
  void add_elements(const std::string& set, std::span<const nft::Element> elements);
  void delete_elements(const std::string& set, std::span<const nft::Element> elements);
  void delete_all_elements(const std::string& set);
  void add_rule(const nft::Rule& rule);

  const NetlinkBatch& finish();

 private:
  nlmsghdr* start(std::uint16_t type, std::uint16_t flags);
  void elements(std::uint16_t type, const std::string& set, std::span<const nft::Element> elements);

  std::string table_;
  std::vector<char> scratch_;
  NetlinkBatch batch_;
  std::uint32_t set_id_ = 0;
};

}  // namespace kgnode::sys
