#pragma once
/// Walks netlink attributes within the bounds of their message; libmnl's macros are C.
#include <linux/netlink.h>

#include <cstddef>
#include <span>

#include <libmnl/libmnl.h>

namespace kgnode::sys {

template <class Visitor>
void for_each_attribute(std::span<const std::byte> bytes, const Visitor& visitor) {
  while (bytes.size() >= sizeof(nlattr)) {
    const auto* attribute = reinterpret_cast<const nlattr*>(bytes.data());
    if (attribute->nla_len < sizeof(nlattr) || attribute->nla_len > bytes.size()) return;
    visitor(*attribute);
    const std::size_t padded = (std::size_t{attribute->nla_len} + 3) & ~std::size_t{3};
    bytes = bytes.subspan(padded < bytes.size() ? padded : bytes.size());
  }
}

/// `header`: bytes of the protocol's own header at the start of the message.
template <class Visitor>
void for_each_attribute(const nlmsghdr& message, std::size_t header, const Visitor& visitor) {
  const std::size_t skip = sizeof(nlmsghdr) + ((header + 3) & ~std::size_t{3});
  if (message.nlmsg_len < skip) return;
  const auto* start = reinterpret_cast<const std::byte*>(&message);
  for_each_attribute(std::span(start + skip, message.nlmsg_len - skip), visitor);
}

template <class Visitor>
void for_each_attribute(const nlattr& parent, const Visitor& visitor) {
  const auto* start = static_cast<const std::byte*>(mnl_attr_get_payload(&parent));
  for_each_attribute(std::span(start, mnl_attr_get_payload_len(&parent)), visitor);
}

}  // namespace kgnode::sys
