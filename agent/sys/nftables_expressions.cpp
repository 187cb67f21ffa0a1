/// One expression value to one libnftnl expression.
#include "agent/sys/nftables_expressions.hpp"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <array>

#include <libnftnl/expr.h>

namespace kgnode::sys {
namespace {

constexpr std::uint32_t kRegister = NFT_REG_1;
constexpr std::uint32_t kVerdict = NFT_REG_VERDICT;

ExpressionPtr make(const char* name) { return ExpressionPtr(nftnl_expr_alloc(name)); }

void set_bytes(nftnl_expr* out, std::uint16_t attribute, const nft::Raw& value) {
  nftnl_expr_set(out, attribute, value.data(), static_cast<std::uint32_t>(value.size()));
}

std::uint32_t key_of(nft::Field field) {
  switch (field) {
    case nft::Field::in_interface:
      return NFT_META_IIFNAME;
    case nft::Field::out_interface:
      return NFT_META_OIFNAME;
    case nft::Field::family:
      return NFT_META_NFPROTO;
    case nft::Field::protocol:
      return NFT_META_L4PROTO;
  }
  return NFT_META_L4PROTO;
}

std::uint32_t key_of(nft::Track field) {
  switch (field) {
    case nft::Track::state:
      return NFT_CT_STATE;
    case nft::Track::direction:
      return NFT_CT_DIRECTION;
    case nft::Track::status:
      return NFT_CT_STATUS;
  }
  return NFT_CT_STATE;
}

std::uint32_t operator_of(nft::Compare how) {
  switch (how) {
    case nft::Compare::equal:
      return NFT_CMP_EQ;
    case nft::Compare::not_equal:
      return NFT_CMP_NEQ;
    case nft::Compare::less:
      return NFT_CMP_LT;
    case nft::Compare::greater:
      return NFT_CMP_GT;
  }
  return NFT_CMP_EQ;
}

ExpressionPtr encode(const nft::Meta& from) {
  auto out = make("meta");
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_META_KEY, key_of(from.field));
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_META_DREG, kRegister);
  return out;
}

ExpressionPtr encode(const nft::Payload& from) {
  auto out = make("payload");
  const bool network = from.header == nft::Header::network;
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_PAYLOAD_BASE,
                     network ? NFT_PAYLOAD_NETWORK_HEADER : NFT_PAYLOAD_TRANSPORT_HEADER);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_PAYLOAD_OFFSET, from.offset);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_PAYLOAD_LEN, from.length);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_PAYLOAD_DREG, kRegister);
  return out;
}

ExpressionPtr encode(const nft::Ct& from) {
  auto out = make("ct");
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_CT_KEY, key_of(from.field));
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_CT_DREG, kRegister);
  return out;
}

ExpressionPtr encode(const nft::ReversePath&) {
  auto out = make("fib");
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_OIF);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_SADDR | NFTA_FIB_F_IIF);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_FIB_DREG, kRegister);
  return out;
}

ExpressionPtr encode(const nft::FragmentFlags&) {
  auto out = make("exthdr");
  nftnl_expr_set_u8(out.get(), NFTNL_EXPR_EXTHDR_TYPE, IPPROTO_FRAGMENT);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_EXTHDR_OFFSET, 3);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_EXTHDR_LEN, 1);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_EXTHDR_OP, NFT_EXTHDR_OP_IPV6);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_EXTHDR_DREG, kRegister);
  return out;
}

ExpressionPtr encode(const nft::Mask& from) {
  auto out = make("bitwise");
  const nft::Raw zero(from.mask.size());
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_BITWISE_SREG, kRegister);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_BITWISE_DREG, kRegister);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_BITWISE_LEN,
                     static_cast<std::uint32_t>(from.mask.size()));
  set_bytes(out.get(), NFTNL_EXPR_BITWISE_MASK, from.mask);
  set_bytes(out.get(), NFTNL_EXPR_BITWISE_XOR, zero);
  return out;
}

ExpressionPtr encode(const nft::Cmp& from) {
  auto out = make("cmp");
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_CMP_SREG, kRegister);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_CMP_OP, operator_of(from.how));
  set_bytes(out.get(), NFTNL_EXPR_CMP_DATA, from.value);
  return out;
}

ExpressionPtr encode(const nft::Range& from) {
  auto out = make("range");
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_RANGE_SREG, kRegister);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_RANGE_OP, NFT_RANGE_EQ);
  set_bytes(out.get(), NFTNL_EXPR_RANGE_FROM_DATA, from.first);
  set_bytes(out.get(), NFTNL_EXPR_RANGE_TO_DATA, from.last);
  return out;
}

ExpressionPtr encode(const nft::Lookup& from) {
  auto out = make("lookup");
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_LOOKUP_SREG, kRegister);
  nftnl_expr_set_str(out.get(), NFTNL_EXPR_LOOKUP_SET, from.set.c_str());
  if (from.negate) nftnl_expr_set_u32(out.get(), NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
  return out;
}

ExpressionPtr encode(const nft::Limit& from) {
  auto out = make("limit");
  nftnl_expr_set_u64(out.get(), NFTNL_EXPR_LIMIT_RATE, from.rate);
  nftnl_expr_set_u64(out.get(), NFTNL_EXPR_LIMIT_UNIT,
                     static_cast<std::uint64_t>(from.per.count()));
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_LIMIT_BURST, from.burst);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_LIMIT_FLAGS, from.over ? NFT_LIMIT_F_INV : 0);
  return out;
}

ExpressionPtr encode(const nft::Meter& from) {
  auto out = make("dynset");
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_DYNSET_SREG_KEY, kRegister);
  // Update, not add: the element of a busy source must not expire and forget what it has used.
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_UPDATE);
  nftnl_expr_set_str(out.get(), NFTNL_EXPR_DYNSET_SET_NAME, from.set.c_str());
  nftnl_expr_add_expr(out.get(), NFTNL_EXPR_DYNSET_EXPRESSIONS, encode(from.limit).release());
  return out;
}

ExpressionPtr encode(const nft::Counter&) { return make("counter"); }

ExpressionPtr encode(const nft::Log& from) {
  auto out = make("log");
  nftnl_expr_set_str(out.get(), NFTNL_EXPR_LOG_PREFIX, from.prefix.c_str());
  return out;
}

ExpressionPtr encode(const nft::Verdict& from) {
  auto out = make("immediate");
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_IMM_DREG, kVerdict);
  int verdict = NFT_JUMP;
  if (from.action == nft::Action::accept) verdict = NF_ACCEPT;
  if (from.action == nft::Action::drop) verdict = NF_DROP;
  nftnl_expr_set_u32(out.get(), NFTNL_EXPR_IMM_VERDICT, static_cast<std::uint32_t>(verdict));
  if (from.action == nft::Action::jump)
    nftnl_expr_set_str(out.get(), NFTNL_EXPR_IMM_CHAIN, from.chain.c_str());
  return out;
}

}  // namespace

ExpressionPtr encode_expression(const nft::Expression& expression) {
  return std::visit([](const auto& value) { return encode(value); }, expression);
}

}  // namespace kgnode::sys
