/// Keys, and what they change.
#include "agent/dashboard/keys.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace kgnode::dashboard {
namespace {

constexpr std::size_t kPage = 10;

constexpr std::array<std::pair<std::string_view, Key>, 10> kSequences = {{
    {"[A", Key::up},
    {"[B", Key::down},
    {"OA", Key::up},
    {"OB", Key::down},
    {"[5~", Key::page_up},
    {"[6~", Key::page_down},
    {"[C", Key::next},
    {"OC", Key::next},
    {"[D", Key::back},
    {"OD", Key::back},
}};

std::optional<Key> key_of(char c) {
  switch (c) {
    case 'q':
    case '\x03':  // Ctrl-C: in raw mode it is a character like any other
      return Key::quit;
    case 'k':
      return Key::up;
    case 'j':
      return Key::down;
    case '\t':
      return Key::next;
    case '\r':
    case '\n':
      return Key::enter;
    case ' ':
      return Key::pause;
    case '1':
      return Key::overview;
    case '2':
      return Key::nodes;
    case '3':
      return Key::bans;
    case '4':
      return Key::log;
    default:
      return std::nullopt;
  }
}

/// How long the sequence behind an escape is: parameters, then one final octet (ECMA-48).
std::size_t sequence_length(std::string_view bytes) {
  if (bytes.empty() || (bytes[0] != '[' && bytes[0] != 'O')) return 0;
  std::size_t length = 1;
  while (length < bytes.size() && bytes[length] >= 0x20 && bytes[length] < 0x40) ++length;
  return std::min(length + 1, bytes.size());
}

/// What moves: the selection among the nodes, or the lines of the other tabs.
std::size_t* moved(Shown& shown) {
  const bool selects = shown.tab == Tab::overview || shown.tab == Tab::nodes;
  return selects ? &shown.selected : &shown.scroll;
}

std::size_t count_of(const Shown& shown, const Model& model) {
  switch (shown.tab) {
    case Tab::overview:
    case Tab::nodes:
      return model.nodes.size();
    case Tab::bans:
      return model.bans.size();
    case Tab::log:
      break;
  }
  return model.log.size();
}

void move(Shown& shown, const Model& model, std::size_t by, bool forward) {
  auto* place = moved(shown);
  const auto count = count_of(shown, model);
  const auto last = count == 0 ? 0 : count - 1;
  *place = forward ? std::min(*place + by, last) : std::min(*place, last) - std::min(*place, by);
}

void open(Shown& shown, Tab tab) {
  if (shown.tab != tab) shown.scroll = 0;
  shown.tab = tab;
}

}  // namespace

std::vector<Key> parse_keys(std::string_view bytes) {
  std::vector<Key> keys;
  while (!bytes.empty()) {
    const char first = bytes.front();
    bytes.remove_prefix(1);
    if (first != '\x1b') {
      if (const auto key = key_of(first)) keys.push_back(*key);
      continue;
    }
    const auto length = sequence_length(bytes);
    const auto sequence = bytes.substr(0, length);
    bytes.remove_prefix(length);
    if (length == 0) keys.push_back(Key::back);  // Escape itself
    const auto* const known =
        std::ranges::find(kSequences, sequence, &std::pair<std::string_view, Key>::first);
    if (known != kSequences.end()) keys.push_back(known->second);
  }
  return keys;
}

Shown handle(Shown shown, Key key, const Model& model) {
  // The log is read from its end: up is back in time.
  const bool is_log = shown.tab == Tab::log;
  switch (key) {
    case Key::quit:
      shown.quit = true;
      break;
    case Key::up:
      move(shown, model, 1, is_log);
      break;
    case Key::down:
      move(shown, model, 1, !is_log);
      break;
    case Key::page_up:
      move(shown, model, kPage, is_log);
      break;
    case Key::page_down:
      move(shown, model, kPage, !is_log);
      break;
    case Key::next:
      open(shown, static_cast<Tab>((static_cast<unsigned>(shown.tab) + 1) % 4));
      break;
    case Key::enter:
    case Key::nodes:
      open(shown, Tab::nodes);
      break;
    case Key::back:
    case Key::overview:
      open(shown, Tab::overview);
      break;
    case Key::bans:
      open(shown, Tab::bans);
      break;
    case Key::log:
      open(shown, Tab::log);
      break;
    case Key::pause:
      shown.paused = !shown.paused;
      break;
  }
  return shown;
}

}  // namespace kgnode::dashboard
