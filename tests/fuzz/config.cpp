/// Any text loads, or is refused with a position inside it; what loads, loads again to the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/config/load.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = load_text(text, "node.toml");
  const auto lines = 1 + std::ranges::count(text, '\n');
  bool error = false;
  for (const auto& diagnostic : loaded.diagnostics) {
    error = error || diagnostic.severity == Severity::error;
    if (diagnostic.at.line < 1 || diagnostic.at.line > lines || diagnostic.at.column < 1)
      std::abort();
    if (to_text(diagnostic).contains('\0')) std::abort();
  }
  if (error == loaded.config.has_value()) std::abort();
  if (loaded.config && load_text(text, "again").config != loaded.config) std::abort();
  return 0;
}
