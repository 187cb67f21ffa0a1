/// Replaces tables in one transaction and reads them back.
#include "agent/sys/nftables_real.hpp"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <format>

#include "agent/sys/nftables_encode.hpp"

namespace kgnode::sys {
namespace {

constexpr std::uint32_t kOwned = NFT_TABLE_F_OWNER | NFT_TABLE_F_PERSIST;
constexpr int kAttempts = 4;

/// Same kernel object: a set like this can stay when the table is replaced.
bool is_same_shape(const nft::Set& want, const nft::Set& have) {
  return (want.key == nft::Key::ipv4) == (have.key == nft::Key::ipv4) &&
         want.interval == have.interval && want.timeouts == have.timeouts &&
         want.dynamic == have.dynamic && want.constant == have.constant && want.size == have.size &&
         want.timeout == have.timeout;
}

bool is_kept(const nft::Table& table, const nft::Set& have) {
  return std::ranges::any_of(table.sets, [&have](const nft::Set& want) {
    return want.keep && want.name == have.name && is_same_shape(want, have);
  });
}

/// Only rules and sets differ: then base chains stay hooked and no packet meets a half-made table.
/// A base chain that is made anew has a moment between the switch of generations and its removal in
/// which it is hooked with no rules, and drops what its policy says.
bool can_swap(const nft::Table& table, const DumpedTable& have) {
  return std::ranges::all_of(have.chains, [&table](const nft::Chain& chain) {
    return std::ranges::contains(table.chains, chain);
  });
}

bool has_chain(const DumpedTable& have, const std::string& name) {
  return std::ranges::contains(have.chains, name, &nft::Chain::name);
}

/// The kernel has this set already, and it stays.
bool is_there(const nft::Set& want, const DumpedTable& have) {
  return want.keep && std::ranges::any_of(have.sets, [&want](const DumpedSet& set) {
           return !set.anonymous && set.shape.name == want.name && is_same_shape(want, set.shape);
         });
}

void add_rules(NftBatch& batch, const nft::Table& table) {
  for (const auto& rule : table.rules) batch.add_rule(rule);
}

TableOwner owner_of(const DumpedTable& table, std::uint32_t own_port) {
  if ((table.flags & NFT_TABLE_F_OWNER) == 0) return TableOwner::nobody;
  return table.owner_port == own_port ? TableOwner::we : TableOwner::another;
}

/// Somebody changed the table between our dump and our transaction: look again, then try again.
bool is_race(const Error& error) {
  return error.code() == std::errc::no_such_file_or_directory ||
         error.code() == std::errc::file_exists ||
         error.code() == std::errc::device_or_resource_busy ||
         error.code() == std::errc::no_buffer_space || error.code() == std::errc::interrupted ||
         error.code() == std::errc::resource_unavailable_try_again;
}

/// Kernels before 6.9 refuse the persist flag, those before 5.12 the owner flag.
bool is_about_flags(const Error& error) {
  return error.code() == std::errc::operation_not_supported ||
         error.code() == std::errc::invalid_argument;
}

}  // namespace

Result<RealNftables> RealNftables::open() {
  return RealNftables(TRY(Netlink::open(NETLINK_NETFILTER)));
}

Result<TableState> RealNftables::inspect(std::string_view table) {
  const auto have = TRY(dump_table(netlink_, table));
  if (!have) return TableState{};
  return TableState{.present = true,
                    .owner = owner_of(*have, netlink_.port()),
                    .digest = have->digest,
                    .filled_sets = have->filled_sets};
}

Result<> RealNftables::swap(const nft::Table& table, const DumpedTable& have) {
  NftBatch batch(table.name);
  batch.add_table(flags_.value_or(kOwned));
  if (have.rules > 0) batch.delete_all_rules();
  for (const auto& [shape, anonymous] : have.sets) {
    if (!anonymous && !is_kept(table, shape)) batch.delete_set(shape.name);
  }
  for (const auto& set : table.sets) {
    if (is_there(set, have)) continue;
    batch.add_set(set);
    // Before any rule names the set: from then on a constant set is closed.
    batch.add_elements(set.name, set.elements);
  }
  for (const auto& chain : table.chains) {
    if (!has_chain(have, chain.name)) batch.add_chain(chain);
  }
  add_rules(batch, table);
  return netlink_.commit(batch.finish());
}

Result<std::vector<ElementEdit>> RealNftables::kept_elements(const nft::Table& table,
                                                             const DumpedTable& have) {
  std::vector<ElementEdit> kept;
  for (const auto& [shape, anonymous] : have.sets) {
    if (anonymous || !is_kept(table, shape)) continue;
    auto elements = TRY(dump_elements(netlink_, table.name, shape.name));
    kept.push_back({.set = shape.name, .elements = std::move(elements)});
  }
  return kept;
}

/// The table has another shape: an older version's, or somebody's of the same name.
Result<> RealNftables::rebuild(const nft::Table& table, const DumpedTable& have) {
  const auto kept = TRY(kept_elements(table, have));
  NftBatch batch(table.name);
  batch.delete_table();
  batch.add_table(flags_.value_or(kOwned));
  for (const auto& set : table.sets) {
    batch.add_set(set);
    batch.add_elements(set.name, set.elements);
  }
  for (const auto& old : kept) batch.add_elements(old.set, old.elements);
  for (const auto& chain : table.chains) batch.add_chain(chain);
  add_rules(batch, table);
  return netlink_.commit(batch.finish());
}

Result<> RealNftables::refuse_foreign(const DumpedTable& have) const {
  if (owner_of(have, netlink_.port()) != TableOwner::another) return {};
  return fail({std::errc::operation_not_permitted,
               std::format("it belongs to another running process (netlink port {}); only one "
                           "agent may run",
                           have.owner_port)});
}

Result<> RealNftables::remove(std::string_view table) {
  const auto have = TRY(dump_table(netlink_, table));
  if (!have) return {};
  TRY(refuse_foreign(*have));
  NftBatch batch(table);
  batch.delete_table();
  auto done = netlink_.commit(batch.finish());
  if (!done) return fail(std::move(done).error().in(std::format("remove table inet {}", table)));
  return {};
}

Result<> RealNftables::replace_once(const nft::Table& table) {
  const auto have = TRY(dump_table(netlink_, table.name));
  if (!have) return swap(table, DumpedTable{});
  TRY(refuse_foreign(*have));
  // A table made without the persist flag cannot get it later.
  const bool adoptable = flags_.value_or(kOwned) == 0 || (have->flags & NFT_TABLE_F_PERSIST) != 0;
  return adoptable && can_swap(table, *have) ? swap(table, *have) : rebuild(table, *have);
}

Result<> RealNftables::replace_with_retries(const nft::Table& table) {
  auto done = replace_once(table);
  for (int attempt = 1; attempt < kAttempts && !done && is_race(done.error()); ++attempt)
    done = replace_once(table);
  return done;
}

/// The first replacement finds out which flags this kernel has. Not asked beforehand with a table
/// of another name: that would leave something to destroy, and who closes the socket (as the end of
/// `kgnode early` does) has to wait until the kernel has done so, 3 to 30 ms.
Result<TableState> RealNftables::replace(const nft::Table& table) {
  auto done = replace_with_retries(table);
  if (!done && !flags_ && is_about_flags(done.error())) {
    flags_ = 0;
    done = replace_with_retries(table);
    if (!done) flags_.reset();  // it was about something else
  }
  if (!done)
    return fail(std::move(done).error().in(std::format("replace table inet {}", table.name)));
  if (!flags_) flags_ = kOwned;
  return inspect(table.name);
}

namespace {

/// Deleting an absent element would fail the whole transaction, and it may have expired a moment
/// ago: so it is added first. DESTROYSETELEM would do, from 6.3 on.
// Drop the additions once kernel >= 6.3 is the floor.
void append(NftBatch& batch, const ElementEdit& edit) {
  switch (edit.change) {
    case Change::add:
      batch.add_elements(edit.set, edit.elements);
      return;
    case Change::put:
    case Change::remove:
      batch.add_elements(edit.set, edit.elements);
      batch.delete_elements(edit.set, edit.elements);
      if (edit.change == Change::put) batch.add_elements(edit.set, edit.elements);
      return;
    case Change::clear:
      batch.delete_all_elements(edit.set);
      return;
  }
}

/// The kernel did nothing, or we do not know what it did: the same again does no harm.
bool is_passing(const Error& error) {
  return error.code() == std::errc::no_buffer_space || error.code() == std::errc::interrupted ||
         error.code() == std::errc::resource_unavailable_try_again;
}

}  // namespace

Result<> RealNftables::edit(std::string_view table, std::span<const ElementEdit> edits) {
  NftBatch batch(table);
  for (const auto& edit : edits) append(batch, edit);
  const auto& messages = batch.finish();
  auto done = netlink_.commit(messages);
  for (int attempt = 1; attempt < kAttempts && !done && is_passing(done.error()); ++attempt)
    done = netlink_.commit(messages);
  if (!done) return fail(std::move(done).error().in(std::format("edit table inet {}", table)));
  return {};
}

Result<std::vector<nft::Element>> RealNftables::list_elements(std::string_view table,
                                                              const std::string& set) {
  auto elements = dump_elements(netlink_, table, set);
  if (!elements)
    return fail(std::move(elements).error().in(std::format("read set {} of inet {}", set, table)));
  return elements;
}

Result<std::vector<DropCount>> RealNftables::count_drops(std::string_view table) {
  return dump_drops(netlink_, table);
}

Result<NftablesWatch> NftablesWatch::open(std::string table, std::uint32_t own_port) {
  auto netlink = TRY(Netlink::open(NETLINK_NETFILTER));
  TRY(netlink.ignore_port(own_port));
  TRY(netlink.join(NFNLGRP_NFTABLES));
  return NftablesWatch(std::move(netlink), std::move(table));
}

Result<bool> NftablesWatch::drain() {
  bool changed = false;
  const bool lost = TRY(netlink_.drain(
      [this, &changed](const nlmsghdr& message) { changed |= is_about_table(message, table_); }));
  return changed || lost;
}

}  // namespace kgnode::sys
