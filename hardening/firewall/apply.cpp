/// Puts rule sets in force.
#include "hardening/firewall/compile.hpp"
#include "hardening/firewall/firewall.hpp"
#include "hardening/firewall/rules.hpp"

namespace kgnode::hardening {

Task<Result<>> Firewall::apply(const Step& step) {
  auto state = nftables_.replace(firewall::compile(step.rules));
  if (!state) co_return fail(std::move(state).error());
  applied_ = Applied{.rules = step.rules, .digest = state->digest};
  co_return Result<>{};
}

Result<> load_closed_firewall(sys::Nftables& nftables) {
  TRY(nftables.replace(firewall::compile(firewall::make_closed_ruleset())));
  return {};
}

}  // namespace kgnode::hardening
