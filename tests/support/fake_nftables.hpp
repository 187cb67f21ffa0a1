#pragma once
/// One table in memory, with a log of replacements and edits and injectable failures.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/sys/nftables.hpp"

namespace test {

struct FakeNftables final : kgnode::sys::Nftables {
  std::optional<kgnode::sys::nft::Table> table;
  std::vector<kgnode::sys::ElementEdit> edits;
  /// By set; of an interval set the ends too, each before a start at the same place.
  using Key = std::pair<kgnode::sys::nft::Raw, bool>;
  std::map<std::string, std::map<Key, kgnode::sys::nft::Element>> elements;
  kgnode::sys::TableOwner owner = kgnode::sys::TableOwner::we;
  std::uint64_t digest = 0;  // a test that edits the table changes it
  int replaced = 0;
  bool refuse = false;
  bool refuse_edits = false;
  int transactions = 0;  // of elements

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
  kgnode::Result<> remove(std::string_view) override {
    table.reset();
    return {};
  }
  kgnode::Result<> edit(std::string_view,
                        std::span<const kgnode::sys::ElementEdit> wanted) override {
    if (refuse_edits)
      return kgnode::fail({std::errc::no_such_file_or_directory, "edit table inet kgnode"});
    ++transactions;
    edits.insert(edits.end(), wanted.begin(), wanted.end());
    for (const auto& one : wanted) apply(one);
    return {};
  }
  kgnode::Result<std::vector<kgnode::sys::nft::Element>> list_elements(
      std::string_view, const std::string& set) override {
    std::vector<kgnode::sys::nft::Element> all;
    for (const auto& [key, element] : elements[set]) all.push_back(element);
    return all;
  }
  std::vector<kgnode::sys::DropCount> drops;
  kgnode::Result<std::vector<kgnode::sys::DropCount>> count_drops(std::string_view) override {
    return drops;
  }

 private:
  void apply(const kgnode::sys::ElementEdit& edit) {
    using kgnode::sys::Change;
    auto& set = elements[edit.set];
    if (edit.change == Change::clear) set.clear();
    for (const auto& element : edit.elements) {
      const Key key{element.key, !element.interval_end};
      if (edit.change == Change::remove) {
        set.erase(key);
      } else {
        set.insert_or_assign(key, element);
      }
    }
  }
};

}  // namespace test
