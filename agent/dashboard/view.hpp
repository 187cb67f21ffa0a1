#pragma once
/// The dashboard as a picture of a fixed size; pure.
#include <string>

#include "agent/dashboard/keys.hpp"
#include "agent/dashboard/model.hpp"
#include "agent/dashboard/parts.hpp"

#include <ftxui/screen/screen.hpp>

namespace kgnode::dashboard {

struct Surface {
  std::size_t width = 80;
  std::size_t height = 24;
  Look look;
  bool read_only = false;
  std::string now;  // "12:34:56Z"
};

ftxui::Screen draw(const Model& model, const Shown& shown, const Surface& surface);

/// The panels, each of exactly this size; for draw().
struct Area {
  std::size_t width = 0;
  std::size_t height = 0;
};
ftxui::Element nodes_panel(const Model& model, const Shown& shown, Area area, const Look& look);
ftxui::Element node_details(const Model& model, const Shown& shown, Area area, const Look& look);
ftxui::Element bans_panel(const Model& model, Area area, const Look& look);
ftxui::Element drops_panel(const Model& model, Area area, const Look& look);
ftxui::Element ban_list(const Model& model, const Shown& shown, Area area, const Look& look);
ftxui::Element jails_panel(const Model& model, Area area, const Look& look);
ftxui::Element machine_panel(const Model& model, Area area, const Look& look);
ftxui::Element k3s_panel(const Model& model, Area area, const Look& look);
ftxui::Element domains_panel(const Model& model, Area area, const Look& look);
ftxui::Element log_panel(const Model& model, std::size_t back, Area area, const Look& look);

}  // namespace kgnode::dashboard
