#pragma once
/// Colours for a terminal, in a few meanings; without one the text is as it is.
#include <cstdint>
#include <string>
#include <string_view>

namespace kgnode::cli {

enum class Tone : std::uint8_t { plain, good, warning, bad, faint, strong };

/// `no_color`, `term`: the variables NO_COLOR (https://no-color.org) and TERM; null: not set.
bool wants_color(bool is_terminal, const char* no_color, const char* term);
/// Of the standard output.
bool wants_color();

class Paint {
 public:
  explicit Paint(bool on = false) : on_(on) {}
  std::string operator()(Tone tone, std::string_view text) const;

 private:
  bool on_;
};

/// Of words that the agent uses: a node's phase, a domain's condition, a peer's state, an outcome.
Tone tone_of(std::string_view word);

}  // namespace kgnode::cli
