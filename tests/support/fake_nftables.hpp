#pragma once
/// One table in memory, with a log of replacements and an injectable failure.
#include <optional>
#include <string>
#include <vector>

#include "agent/sys/nftables.hpp"

namespace test {

struct FakeNftables final : kgnode::sys::Nftables {
  std::optional<kgnode::sys::nft::Table> table;
  std::vector<kgnode::sys::ElementEdit> edits;
  kgnode::sys::TableOwner owner = kgnode::sys::TableOwner::we;
  std::uint64_t digest = 0;  // a test that edits the table changes it
  int replaced = 0;
  bool refuse = false;

  kgnode::Result<kgnode::sys::TableState> inspect(std::string_view) override {
    if (!table) return kgnode::sys::TableState{};
    return kgnode::sys::TableState{.present = true, .owner = owner, .digest = digest};
  }
  kgnode::Result<kgnode::sys::TableState> replace(const kgnode::sys::nft::Table& wanted) override {
    if (refuse)
      return kgnode::fail({std::errc::operation_not_permitted, "replace table inet kgnode"});
    table = wanted;
    ++replaced;
    ++digest;
    return inspect(wanted.name);
  }
  kgnode::Result<> edit(std::string_view,
                        std::span<const kgnode::sys::ElementEdit> wanted) override {
    edits.insert(edits.end(), wanted.begin(), wanted.end());
    return {};
  }
};

}  // namespace test
