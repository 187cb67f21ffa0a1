/// Pieces that the dashboard is made of.
#include "agent/dashboard/parts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <format>

#include "agent/base/text.hpp"

#include <ftxui/screen/string.hpp>

namespace kgnode::dashboard {

using namespace ftxui;  // NOLINT(google-build-using-namespace): its vocabulary is made for it
using cli::Tone;

namespace {

constexpr double kWarnShare = 0.85;  // as the health checks have it
constexpr double kBadShare = 0.95;

int to_int(std::size_t size) { return static_cast<int>(size); }

Tone tone_of_share(double share) {
  if (share >= kBadShare) return Tone::bad;
  return share >= kWarnShare ? Tone::warning : Tone::good;
}

/// The character of a column that is so many steps high in this row.
std::string_view block_of(std::size_t steps, bool rich) {
  constexpr std::array<std::string_view, 9> kEighths = {" ", "▁", "▂", "▃", "▄",
                                                        "▅", "▆", "▇", "█"};
  constexpr std::array<std::string_view, 3> kHalves = {" ", "▄", "█"};
  return rich ? kEighths.at(steps) : kHalves.at(steps);
}

/// The last values, as many as there are columns; fewer ones stand on the right.
Series tail_of(const Series& series, std::size_t width) {
  Series shown(width > series.size() ? width - series.size() : 0, std::nullopt);
  shown.insert(shown.end(), series.end() - to_int(std::min(series.size(), width)), series.end());
  return shown;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::max(0, string_width(std::string(text))));
}

std::string fit(std::string_view text, std::size_t width, const Look& look) {
  if (width_of(text) <= width) return std::string(text);
  const std::string mark = look.rich ? "…" : "~";
  std::string kept;
  std::size_t used = 0;
  for (const auto& glyph : Utf8ToGlyphs(std::string(text))) {
    const auto columns = width_of(glyph);
    if (used + columns + 1 > width) break;
    used += columns;
    kept += glyph;
  }
  return width == 0 ? std::string() : kept + mark;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  for (const auto word : split_words(text)) {
    if (!line.empty() && width_of(line) + 1 + width_of(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    line += (line.empty() ? "" : " ") + std::string(word);
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

Decorator tint(Tone tone, const Look& look) {
  switch (tone) {
    case Tone::strong:
      return bold;
    case Tone::faint:
      return dim;
    case Tone::good:
      return look.color ? color(Color::Green) : nothing;
    case Tone::warning:
      return look.color ? color(Color::Yellow) : nothing;
    case Tone::bad:
      return look.color ? bold | color(Color::RedLight) : Decorator(bold);
    case Tone::plain:
      break;
  }
  return nothing;
}

Element panel(const Frame& frame, Element content, const Look& look) {
  const std::string_view line = "─";
  const auto corner = [&look](const char* round, const char* sharp) {
    return std::string(look.rich ? round : sharp);
  };
  const auto inner = frame.width < 2 ? 0 : frame.width - 2;
  const auto note = frame.note.empty() ? std::string() : " " + frame.note + " ";
  const auto room = inner > width_of(note) + 2 ? inner - width_of(note) - 2 : 0;
  const auto title = fit(" " + frame.title + " ", room, look);
  const auto rule = [line](std::size_t length) {
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += line;
    return ftxui::text(text) | dim;
  };
  const auto left = inner - std::min(inner, width_of(title) + width_of(note) + 2);
  auto top = hbox({text(corner("╭", "┌") + std::string(line)) | dim, text(title) | bold, rule(left),
                   text(note), text(std::string(line) + corner("╮", "┐")) | dim});
  auto bottom = hbox({text(corner("╰", "└")) | dim, rule(inner), text(corner("╯", "┘")) | dim});
  const auto rows = frame.height < 2 ? 0 : frame.height - 2;
  // Elements have one place each: two sides are two.
  const auto side = [rows](const char* bar) {
    Elements bars;
    for (std::size_t i = 0; i < rows; ++i) bars.push_back(text(bar));
    return vbox(std::move(bars)) | dim;
  };
  auto middle = hbox({side("│ "),
                      std::move(content) | size(WIDTH, EQUAL, to_int(inner < 2 ? 0 : inner - 2)) |
                          size(HEIGHT, EQUAL, to_int(rows)),
                      side(" │")});
  return vbox({std::move(top), std::move(middle), std::move(bottom)}) |
         size(WIDTH, EQUAL, to_int(frame.width)) | size(HEIGHT, EQUAL, to_int(frame.height));
}

Element row(const std::vector<Cell>& cells, const Look& look) {
  Elements all;
  for (const auto& cell : cells) {
    auto shown = fit(cell.text, cell.width, look);
    if (cell.right) shown.insert(0, cell.width - std::min(cell.width, width_of(shown)), ' ');
    if (!all.empty()) all.push_back(text(" "));
    all.push_back(text(shown) | tint(cell.tone, look) | size(WIDTH, EQUAL, to_int(cell.width)));
  }
  return hbox(std::move(all));
}

Element chart(const Series& series, std::size_t width, std::size_t height, Tone tone,
              const Look& look) {
  const auto shown = tail_of(series, width);
  double highest = 1;  // a single one a minute must not fill the picture
  for (const auto& value : shown) highest = std::max(highest, value.value_or(0));
  const std::size_t steps = look.rich ? 8 : 2;
  Elements rows;
  for (std::size_t i = 0; i < height; ++i) {
    const auto below = (height - 1 - i) * steps;
    std::string line;
    for (const auto& value : shown) {
      const auto scaled = value.value_or(0) / highest * static_cast<double>(height * steps);
      // Something is never nothing.
      const auto level =
          value.value_or(0) > 0
              ? std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(scaled)))
              : 0;
      const auto here = level > below ? std::min(steps, level - below) : 0;
      const bool unknown = !value && i + 1 == height;
      line += unknown ? "·" : block_of(here, look.rich);
    }
    rows.push_back(text(line) | tint(tone, look));
  }
  return vbox(std::move(rows));
}

Element gauge(const Gauge& gauge, std::size_t width, const Look& look) {
  constexpr std::size_t kName = 10;
  constexpr std::size_t kPercent = 5;
  constexpr std::size_t kText = 22;
  const bool has_room = width >= kName + kPercent + kText + 14;
  const auto fixed = kName + kPercent + 2 + (has_room ? kText + 1 : 0);
  const auto bar = width > fixed ? width - fixed : 0;
  const auto percent =
      gauge.share ? std::format("{:.0f} %", std::floor(*gauge.share * 100)) : std::string("?");
  const auto full =
      static_cast<std::size_t>(std::lround(gauge.share.value_or(0) * static_cast<double>(bar)));
  std::string done;
  std::string rest;
  for (std::size_t i = 0; i < bar; ++i) (i < full ? done : rest) += i < full ? "█" : "░";
  const auto tone = gauge.share ? tone_of_share(*gauge.share) : Tone::faint;
  // The end of a long path says more than its beginning.
  auto name = gauge.name;
  if (width_of(name) > kName && name.starts_with('/')) name = name.substr(name.rfind('/'));
  Elements all = {text(fit(name, kName, look)) | size(WIDTH, EQUAL, to_int(kName)), text(" "),
                  text(done) | tint(tone, look), text(rest) | dim,
                  row({{.text = percent, .width = kPercent, .tone = tone, .right = true}}, look)};
  if (has_room) all.push_back(row({{.text = gauge.text, .width = kText, .right = true}}, look));
  return hbox(std::move(all));
}

}  // namespace kgnode::dashboard
