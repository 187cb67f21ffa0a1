#pragma once
/// Expression values to libnftnl's objects; used by the encoder alone.
#include "agent/base/handle.hpp"
#include "agent/sys/nftables.hpp"

struct nftnl_expr;
extern "C" void nftnl_expr_free(const nftnl_expr*);

namespace kgnode::sys {

using ExpressionPtr = Handle<nftnl_expr, nftnl_expr_free>;

/// The caller's rule or set takes it over with release().
ExpressionPtr encode_expression(const nft::Expression& expression);

}  // namespace kgnode::sys
