/// What a server says of etcd's members: no text of it is raw, and what is no list is none.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "agent/base/text.hpp"
#include "k3s/join/look.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode;
  const auto members = k3s::parse_members({reinterpret_cast<const char*>(data), size});
  if (!members) return 0;
  // Each member has at least "{}" of its own.
  if (members->size() * 2 > size) std::abort();
  for (const auto& member : *members) {
    if (printable(member.name) != member.name) std::abort();
  }
  return 0;
}
