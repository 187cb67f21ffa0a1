#pragma once
/// From when until when a certificate holds: the two dates of X.509 and nothing else.
#include <chrono>
#include <optional>
#include <string_view>

namespace kgnode::k3s {

struct Validity {
  std::chrono::sys_seconds from;
  std::chrono::sys_seconds until;
  bool operator==(const Validity&) const = default;
};

/// Of the first certificate in a PEM text, which is the leaf of a chain. nullopt: there is none
/// that can be understood.
std::optional<Validity> parse_validity(std::string_view pem);

}  // namespace kgnode::k3s
