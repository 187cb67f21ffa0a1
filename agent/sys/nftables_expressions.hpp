#pragma once
/// Expression values to libnftnl's objects; used by the encoder alone.
#include <cstdio>  // which <libnftnl/expr.h> needs and leaves out

#include <libnftnl/expr.h>

#include "agent/base/handle.hpp"
#include "agent/sys/nftables.hpp"

namespace kgnode::sys {

using ExpressionPtr = Handle<nftnl_expr, nftnl_expr_free>;

/// The caller's rule or set takes it over with release().
ExpressionPtr encode_expression(const nft::Expression& expression);

}  // namespace kgnode::sys
