/// For a terminal that only prints.
#include "agent/dashboard/plain.hpp"

#include <utility>

namespace kgnode::dashboard {

std::optional<std::string> Plain::news(std::string_view text) {
  std::string words;
  for (const char c : text) {
    if (c < '0' || c > '9') words += c;
  }
  if (told_ == words) return std::nullopt;
  told_ = std::move(words);
  return std::string(text);
}

}  // namespace kgnode::dashboard
