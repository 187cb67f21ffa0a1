/// Table values to netlink messages, through libnftnl.
#include "agent/sys/nftables_encode.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <format>

#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>

#include "agent/base/handle.hpp"
#include "agent/sys/nftables_expressions.hpp"

namespace kgnode::sys {
namespace {

using TablePtr = Handle<nftnl_table, nftnl_table_free>;
using ChainPtr = Handle<nftnl_chain, nftnl_chain_free>;
using SetPtr = Handle<nftnl_set, nftnl_set_free>;
using RulePtr = Handle<nftnl_rule, nftnl_rule_free>;
using UserDataPtr = Handle<nftnl_udata_buf, nftnl_udata_buf_free>;

// libnftnl fills one message with set elements up to the 16-bit length of a netlink attribute.
constexpr std::size_t kScratch = std::size_t{128} << 10;
// Numbers of nft's data types; the kernel only carries them, for `nft list` to print elements well.
constexpr std::uint32_t kTypeIpv4 = 7;
constexpr std::uint32_t kTypeIpv6 = 8;
constexpr std::uint32_t kTypeInterface = 41;
// nft's byte orders, in the user data of a set.
constexpr std::uint32_t kHostEndian = 1;
constexpr std::uint32_t kBigEndian = 2;
constexpr std::size_t kCommentLimit = 128;

std::uint32_t type_of(nft::Key key) {
  if (key == nft::Key::interface) return kTypeInterface;
  return key == nft::Key::ipv4 ? kTypeIpv4 : kTypeIpv6;
}

std::uint32_t flags_of(const nft::Set& set) {
  std::uint32_t flags = 0;
  if (set.interval) flags |= NFT_SET_INTERVAL;
  if (set.timeouts) flags |= NFT_SET_TIMEOUT;
  if (set.dynamic) flags |= NFT_SET_EVAL;
  if (set.constant) flags |= NFT_SET_CONSTANT;
  return flags;
}

SetPtr make_elements(const std::string& table, const std::string& set,
                     std::span<const nft::Element> elements) {
  SetPtr out(nftnl_set_alloc());
  nftnl_set_set_str(out.get(), NFTNL_SET_TABLE, table.c_str());
  nftnl_set_set_str(out.get(), NFTNL_SET_NAME, set.c_str());
  for (const auto& element : elements) {
    auto* item = nftnl_set_elem_alloc();
    nftnl_set_elem_set(item, NFTNL_SET_ELEM_KEY, element.key.data(),
                       static_cast<std::uint32_t>(element.key.size()));
    if (element.interval_end)
      nftnl_set_elem_set_u32(item, NFTNL_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
    if (element.timeout.count() > 0) {
      nftnl_set_elem_set_u64(item, NFTNL_SET_ELEM_TIMEOUT,
                             static_cast<std::uint64_t>(element.timeout.count()));
    }
    nftnl_set_elem_add(out.get(), item);
  }
  return out;
}

}  // namespace

NftBatch::NftBatch(std::string_view table) : table_(table), scratch_(kScratch) {
  batch_.add_marker(*nftnl_batch_begin(scratch_.data(), 0));
}

const NetlinkBatch& NftBatch::finish() {
  batch_.add_marker(*nftnl_batch_end(scratch_.data(), 0));
  return batch_;
}

nlmsghdr* NftBatch::start(std::uint16_t type, std::uint16_t flags) {
  return nftnl_nlmsg_build_hdr(scratch_.data(), type, NFPROTO_INET, flags, 0);
}

void NftBatch::add_table(std::uint32_t flags) {
  TablePtr out(nftnl_table_alloc());
  nftnl_table_set_str(out.get(), NFTNL_TABLE_NAME, table_.c_str());
  nftnl_table_set_u32(out.get(), NFTNL_TABLE_FLAGS, flags);
  auto* message = start(NFT_MSG_NEWTABLE, NLM_F_CREATE);
  nftnl_table_nlmsg_build_payload(message, out.get());
  batch_.add(*message, std::format("table inet {}", table_));
}

void NftBatch::delete_table() {
  TablePtr out(nftnl_table_alloc());
  nftnl_table_set_str(out.get(), NFTNL_TABLE_NAME, table_.c_str());
  auto* message = start(NFT_MSG_DELTABLE, 0);
  nftnl_table_nlmsg_build_payload(message, out.get());
  batch_.add(*message, std::format("delete table inet {}", table_));
}

void NftBatch::delete_all_rules() {
  RulePtr out(nftnl_rule_alloc());
  nftnl_rule_set_str(out.get(), NFTNL_RULE_TABLE, table_.c_str());
  auto* message = start(NFT_MSG_DELRULE, 0);
  nftnl_rule_nlmsg_build_payload(message, out.get());
  batch_.add(*message, "delete all rules");
}

void NftBatch::delete_chain(const std::string& name) {
  ChainPtr out(nftnl_chain_alloc());
  nftnl_chain_set_str(out.get(), NFTNL_CHAIN_TABLE, table_.c_str());
  nftnl_chain_set_str(out.get(), NFTNL_CHAIN_NAME, name.c_str());
  auto* message = start(NFT_MSG_DELCHAIN, 0);
  nftnl_chain_nlmsg_build_payload(message, out.get());
  batch_.add(*message, std::format("delete chain {}", name));
}

void NftBatch::delete_set(const std::string& name) {
  SetPtr out(nftnl_set_alloc());
  nftnl_set_set_str(out.get(), NFTNL_SET_TABLE, table_.c_str());
  nftnl_set_set_str(out.get(), NFTNL_SET_NAME, name.c_str());
  auto* message = start(NFT_MSG_DELSET, 0);
  nftnl_set_nlmsg_build_payload(message, out.get());
  batch_.add(*message, std::format("delete set {}", name));
}

namespace {

std::uint32_t hook_number(nft::Hook hook) {
  if (hook == nft::Hook::input) return NF_INET_LOCAL_IN;
  return hook == nft::Hook::forward ? NF_INET_FORWARD : NF_INET_PRE_ROUTING;
}

}  // namespace

void NftBatch::add_chain(const nft::Chain& chain) {
  ChainPtr out(nftnl_chain_alloc());
  nftnl_chain_set_str(out.get(), NFTNL_CHAIN_TABLE, table_.c_str());
  nftnl_chain_set_str(out.get(), NFTNL_CHAIN_NAME, chain.name.c_str());
  if (chain.hook != nft::Hook::none) {
    nftnl_chain_set_str(out.get(), NFTNL_CHAIN_TYPE, "filter");
    nftnl_chain_set_u32(out.get(), NFTNL_CHAIN_HOOKNUM, hook_number(chain.hook));
    nftnl_chain_set_s32(out.get(), NFTNL_CHAIN_PRIO, chain.priority);
    nftnl_chain_set_u32(out.get(), NFTNL_CHAIN_POLICY, chain.drop ? NF_DROP : NF_ACCEPT);
  }
  auto* message = start(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  nftnl_chain_nlmsg_build_payload(message, out.get());
  batch_.add(*message, std::format("chain {}", chain.name));
}

void NftBatch::add_set(const nft::Set& set) {
  SetPtr out(nftnl_set_alloc());
  nftnl_set_set_str(out.get(), NFTNL_SET_TABLE, table_.c_str());
  nftnl_set_set_str(out.get(), NFTNL_SET_NAME, set.name.c_str());
  nftnl_set_set_u32(out.get(), NFTNL_SET_FAMILY, NFPROTO_INET);
  nftnl_set_set_u32(out.get(), NFTNL_SET_KEY_TYPE, type_of(set.key));
  nftnl_set_set_u32(out.get(), NFTNL_SET_KEY_LEN, set.key == nft::Key::ipv4 ? 4 : 16);
  nftnl_set_set_u32(out.get(), NFTNL_SET_FLAGS, flags_of(set));
  nftnl_set_set_u32(out.get(), NFTNL_SET_ID, ++set_id_);
  if (set.size > 0) nftnl_set_set_u32(out.get(), NFTNL_SET_DESC_SIZE, set.size);
  if (set.timeout.count() > 0) {
    nftnl_set_set_u64(out.get(), NFTNL_SET_TIMEOUT,
                      static_cast<std::uint64_t>(set.timeout.count()));
  }
  UserDataPtr data(nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN));
  nftnl_udata_put_u32(data.get(), NFTNL_UDATA_SET_KEYBYTEORDER,
                      set.key == nft::Key::interface ? kHostEndian : kBigEndian);
  nftnl_set_set_data(out.get(), NFTNL_SET_USERDATA, nftnl_udata_buf_data(data.get()),
                     nftnl_udata_buf_len(data.get()));
  auto* message = start(NFT_MSG_NEWSET, NLM_F_CREATE);
  nftnl_set_nlmsg_build_payload(message, out.get());
  batch_.add(*message, std::format("set {}", set.name));
}

void NftBatch::elements(std::uint16_t type, const std::string& set,
                        std::span<const nft::Element> elements) {
  if (elements.empty()) return;
  using IteratorPtr = Handle<nftnl_set_elems_iter, nftnl_set_elems_iter_destroy>;
  const auto holder = make_elements(table_, set, elements);
  const IteratorPtr next(nftnl_set_elems_iter_create(holder.get()));
  for (int more = 1; more > 0;) {
    auto* message = start(type, NLM_F_CREATE);
    more = nftnl_set_elems_nlmsg_build_payload_iter(message, next.get());
    batch_.add(*message, std::format("elements of set {}", set));
  }
}

void NftBatch::add_elements(const std::string& set, std::span<const nft::Element> list) {
  elements(NFT_MSG_NEWSETELEM, set, list);
}

void NftBatch::delete_elements(const std::string& set, std::span<const nft::Element> list) {
  elements(NFT_MSG_DELSETELEM, set, list);
}

/// A request that names no element means all of them.
void NftBatch::delete_all_elements(const std::string& set) {
  const auto out = make_elements(table_, set, {});
  auto* message = start(NFT_MSG_DELSETELEM, 0);
  nftnl_set_elems_nlmsg_build_payload(message, out.get());
  batch_.add(*message, std::format("all elements of set {}", set));
}

void NftBatch::add_rule(const nft::Rule& rule) {
  RulePtr out(nftnl_rule_alloc());
  nftnl_rule_set_u32(out.get(), NFTNL_RULE_FAMILY, NFPROTO_INET);
  nftnl_rule_set_str(out.get(), NFTNL_RULE_TABLE, table_.c_str());
  nftnl_rule_set_str(out.get(), NFTNL_RULE_CHAIN, rule.chain.c_str());
  UserDataPtr data(nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN));
  nftnl_udata_put_strz(data.get(), NFTNL_UDATA_RULE_COMMENT,
                       rule.comment.substr(0, kCommentLimit).c_str());
  nftnl_rule_set_data(out.get(), NFTNL_RULE_USERDATA, nftnl_udata_buf_data(data.get()),
                      nftnl_udata_buf_len(data.get()));
  for (const auto& expression : rule.expressions)
    nftnl_rule_add_expr(out.get(), encode_expression(expression).release());
  auto* message = start(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
  nftnl_rule_nlmsg_build_payload(message, out.get());
  batch_.add(*message, std::format("rule {} in chain {}", rule.comment, rule.chain));
}

}  // namespace kgnode::sys
