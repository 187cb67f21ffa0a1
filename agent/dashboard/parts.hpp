#pragma once
/// Pieces that the dashboard is made of: panels, charts, gauges, texts that fit.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/cli/paint.hpp"
#include "agent/dashboard/model.hpp"

#include <ftxui/dom/elements.hpp>

namespace kgnode::dashboard {

/// What a terminal can show. The console of Linux has the characters of code page 437 only.
struct Look {
  bool color = true;
  bool rich = true;  // eighths of blocks, round corners, an ellipsis
};

/// Columns that it takes.
std::size_t width_of(std::string_view text);
/// Cut to so many columns, with a mark where something is missing.
std::string fit(std::string_view text, std::size_t width, const Look& look);
/// By words, into lines of at most so many columns.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

ftxui::Decorator tint(cli::Tone tone, const Look& look);

/// A frame with a title on the left and a word on the right of its upper edge; of exactly this
/// size, of which the content has four columns and two rows less.
struct Frame {
  std::string title;
  std::string note;
  std::size_t width = 0;
  std::size_t height = 0;
};
ftxui::Element panel(const Frame& frame, ftxui::Element content, const Look& look);

struct Cell {
  std::string text;
  std::size_t width = 0;
  cli::Tone tone = cli::Tone::plain;
  bool right = false;
};
ftxui::Element row(const std::vector<Cell>& cells, const Look& look);

/// Columns that rise from the bottom, the newest on the right; unknown minutes are marked.
ftxui::Element chart(const Series& series, std::size_t width, std::size_t height, cli::Tone tone,
                     const Look& look);

/// "/var  [####    ] 75 %  12.1 of 40.0 GiB", with as much of it as fits.
ftxui::Element gauge(const Gauge& gauge, std::size_t width, const Look& look);

}  // namespace kgnode::dashboard
