/// Which rules are in force.
#include "hardening/firewall/firewall.hpp"

namespace kgnode::hardening {

Task<Result<Firewall::Observed>> Firewall::observe(const Desired&) {
  auto state = nftables_.inspect(firewall::kTable);
  if (!state) co_return fail(std::move(state).error().in("read table inet kgnode"));
  Observed seen{.owner = state->owner};
  if (!state->present) co_return seen;
  if (!applied_) {
    seen.in_force = InForce::unknown;
  } else if (applied_->digest != state->digest) {
    seen.in_force = InForce::edited;
  } else {
    seen.in_force = InForce::ours;
    seen.rules = applied_->rules;
  }
  co_return seen;
}

}  // namespace kgnode::hardening
