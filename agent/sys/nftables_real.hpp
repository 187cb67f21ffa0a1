#pragma once
/// nftables of the kernel this runs on.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/netlink.hpp"
#include "agent/sys/nftables.hpp"
#include "agent/sys/nftables_dump.hpp"

namespace kgnode::sys {

/// `never` behaves as on a kernel that has no owners.
enum class Ownership : std::uint8_t { where_possible, never };

/// Keep one for the whole life of the agent: its socket is what owns the table, and when it closes
/// the table stays in force but belongs to nobody.
class RealNftables final : public Nftables {
 public:
  static Result<RealNftables> open();

  Result<TableState> inspect(std::string_view table) override;
  Result<TableState> replace(const nft::Table& table) override;
  Result<> remove(std::string_view table) override;
  Result<> edit(std::string_view table, std::span<const ElementEdit> edits) override;
  Result<std::vector<nft::Element>> list_elements(std::string_view table,
                                                  const std::string& set) override;
  Result<std::vector<DropCount>> count_drops(std::string_view table) override;

  /// Netlink address of ours, to tell our own notifications from others'.
  std::uint32_t port() const { return netlink_.port(); }
  void set_ownership(Ownership ownership) {
    flags_ = ownership == Ownership::never ? std::optional<std::uint32_t>(0) : std::nullopt;
  }

 private:
  explicit RealNftables(Netlink netlink) : netlink_(std::move(netlink)) {}
  Result<> swap(const nft::Table& table, const DumpedTable& have);
  Result<> rebuild(const nft::Table& table, const DumpedTable& have);
  Result<std::vector<ElementEdit>> kept_elements(const nft::Table& table, const DumpedTable& have);
  Result<> refuse_foreign(const DumpedTable& have) const;
  Result<> replace_once(const nft::Table& table);
  Result<> replace_with_retries(const nft::Table& table);

  Netlink netlink_;
  std::optional<std::uint32_t> flags_;  // of our tables; unknown until the kernel took some
};

/// Tells when somebody else edits the table.
class NftablesWatch {
 public:
  /// `own_port`: changes that come from there are not reported.
  static Result<NftablesWatch> open(std::string table, std::uint32_t own_port);

  /// Readable when there is something to drain.
  int fd() const { return netlink_.fd(); }
  /// True when somebody else changed the table, or may have (notifications were lost).
  Result<bool> drain();

 private:
  NftablesWatch(Netlink netlink, std::string table)
      : netlink_(std::move(netlink)), table_(std::move(table)) {}

  Netlink netlink_;
  std::string table_;
};

}  // namespace kgnode::sys
