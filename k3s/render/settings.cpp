/// YAML that means the same to every reader.
#include "k3s/render/settings.hpp"

#include <format>

namespace kgnode::k3s {

std::string quote_yaml(std::string_view text) {
  std::string quoted = "\"";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      quoted += {'\\', letter};
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += std::format("\\x{:02x}", byte);
    } else {
      quoted += letter;
    }
  }
  return quoted + '"';
}

void Settings::set(std::string_view key, std::string_view text) {
  lines_ += std::format("{}: {}\n", key, quote_yaml(text));
}

void Settings::set(std::string_view key, bool value) {
  lines_ += std::format("{}: {}\n", key, value);
}

void Settings::set(std::string_view key, unsigned number) {
  lines_ += std::format("{}: {}\n", key, number);
}

void Settings::set(std::string_view key, std::span<const std::string> texts) {
  if (texts.empty()) return;
  lines_ += std::format("{}:\n", key);
  for (const auto& text : texts) lines_ += std::format("  - {}\n", quote_yaml(text));
}

}  // namespace kgnode::k3s
