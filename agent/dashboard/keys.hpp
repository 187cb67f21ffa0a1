#pragma once
/// Keys, and what they change in what is shown; pure.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/dashboard/model.hpp"

namespace kgnode::dashboard {

enum class Key : std::uint8_t {
  quit,
  up,
  down,
  page_up,
  page_down,
  next,
  enter,
  back,
  pause,
  overview,
  nodes,
  bans,
  log
};

/// Of what a terminal sends; what means nothing here is passed over, whole escape sequences too.
std::vector<Key> parse_keys(std::string_view bytes);

enum class Tab : std::uint8_t { overview, nodes, bans, log };

struct Shown {
  Tab tab = Tab::overview;
  std::size_t selected = 0;  // of the nodes
  std::size_t scroll = 0;    // lines back in the log, down in the bans
  bool paused = false;
  bool quit = false;
  bool operator==(const Shown&) const = default;
};

Shown handle(Shown shown, Key key, const Model& model);

}  // namespace kgnode::dashboard
