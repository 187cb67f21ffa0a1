/// parse_look: what is read comes out the same once written again; a rule's key is within the rule.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "hardening/audit/look.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto seen = kgnode::hardening::parse_audit_look(text)) {
    const auto again = kgnode::hardening::parse_audit_look(kgnode::hardening::to_text(*seen));
    if (!again || again->status != seen->status || again->access != seen->access) std::abort();
  }
  const auto key = kgnode::sys::parse_audit_rule_key(std::as_bytes(std::span(data, size)));
  if (key && key->size() > size) std::abort();
  return 0;
}
