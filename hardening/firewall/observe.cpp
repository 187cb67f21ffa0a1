/// Which rules are in force.
#include <format>

#include "agent/base/text.hpp"
#include "hardening/firewall/firewall.hpp"

namespace kgnode::hardening {

Task<Result<Firewall::Observed>> Firewall::observe(const Desired&) {
  auto state = nftables_.inspect(firewall::kTable);
  if (!state) co_return fail(std::move(state).error().in("read table inet kgnode"));
  Observed seen{.owner = state->owner};
  if (!state->present) co_return seen;
  if (applied_) {
    seen.in_force = applied_->digest == state->digest ? InForce::ours : InForce::edited;
    seen.rules = applied_->rules;
    co_return seen;
  }
  auto left = files_.read(std::string(kLeft), sys::Files::kReadLimit);
  if (!left) co_return fail(std::move(left).error());
  const auto prefix = std::format("{:016x} ", state->digest);
  const bool untouched = *left && (*left)->starts_with(prefix);
  seen.in_force = untouched ? InForce::left : InForce::unknown;
  if (untouched) seen.fingerprint = trim((*left)->substr(prefix.size()));
  co_return seen;
}

}  // namespace kgnode::hardening
