/// Colours for a terminal.
#include "agent/cli/paint.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <format>

namespace kgnode::cli {
namespace {

constexpr std::array<std::string_view, 8> kGood = {"ready", "hardened", "in_sync", "applied",
                                                   "alive", "pass",     "done",    "self"};
constexpr std::array<std::string_view, 7> kWarning = {
    "booting", "joining", "storage-ready", "pending", "suspect", "unknown", "unheard"};
constexpr std::array<std::string_view, 6> kBad = {"degraded", "maintenance", "failed",
                                                  "gone",     "fail",        "refused"};

// ECMA-48, "Select Graphic Rendition". The sixteen colours are the terminal's own, so that they can
// be read on its background.
int code_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return 32;
    case Tone::warning:
      return 33;
    case Tone::bad:
      return 31;
    case Tone::faint:
      return 2;
    case Tone::strong:
      return 1;
    case Tone::plain:
      break;
  }
  return 0;
}

}  // namespace

bool wants_color(bool is_terminal, const char* no_color, const char* term) {
  if (!is_terminal || (no_color != nullptr && *no_color != '\0')) return false;
  return term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

bool wants_color() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the command line has one thread
  return wants_color(::isatty(STDOUT_FILENO) == 1, std::getenv("NO_COLOR"), std::getenv("TERM"));
}

std::string Paint::operator()(Tone tone, std::string_view text) const {
  if (!on_ || tone == Tone::plain || text.empty()) return std::string(text);
  return std::format("\x1b[{}m{}\x1b[0m", code_of(tone), text);
}

Tone tone_of(std::string_view word) {
  if (std::ranges::contains(kGood, word)) return Tone::good;
  if (std::ranges::contains(kWarning, word)) return Tone::warning;
  return std::ranges::contains(kBad, word) ? Tone::bad : Tone::plain;
}

}  // namespace kgnode::cli
