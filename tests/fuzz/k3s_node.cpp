/// A Node as an API server shows it: one that is ready has no reason why not, and no text is raw.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "agent/base/text.hpp"
#include "k3s/join/look.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode;
  const auto node = k3s::parse_node({reinterpret_cast<const char*>(data), size});
  if (!node) return 0;
  if (!node->answered || (node->ready && !node->text.empty())) std::abort();
  for (const auto& text : {node->text, node->version, node->default_disks.value_or("")}) {
    if (printable(text) != text) std::abort();
  }
  return 0;
}
