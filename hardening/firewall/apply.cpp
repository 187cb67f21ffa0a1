/// Puts rule sets in force.
#include <format>

#include "hardening/firewall/compile.hpp"
#include "hardening/firewall/firewall.hpp"
#include "hardening/firewall/rules.hpp"

namespace kgnode::hardening {

Task<Result<>> Firewall::apply(const Step& step) {
  auto state = nftables_.replace(firewall::compile(step.rules));
  if (!state) co_return fail(std::move(state).error());
  applied_ = Applied{.rules = step.rules, .digest = state->digest};
  const auto left = std::format("{:016x} {}\n", state->digest, fingerprint_of(step.rules));
  // Without it the next run cannot tell that the table is as we left it, and takes it over all the
  // same.
  (void)files_.replace(std::string(kLeft), left, 0600);
  co_return Result<>{};
}

Result<> load_closed_firewall(sys::Nftables& nftables, SourceBits bits) {
  TRY(nftables.replace(firewall::compile(firewall::make_closed_ruleset(bits))));
  return {};
}

}  // namespace kgnode::hardening
