/// The dashboard as a picture.
#include "agent/dashboard/view.hpp"

#include <algorithm>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode::dashboard {

using namespace ftxui;  // NOLINT(google-build-using-namespace): its vocabulary is made for it
using cli::Tone, cli::tone_of;

namespace {

constexpr std::size_t kHead = 3;  // name, phases, what is the matter
constexpr std::size_t kFoot = 1;
constexpr std::size_t kWide = 120;
constexpr std::size_t kTall = 36;

int to_int(std::size_t size) { return static_cast<int>(size); }

Element head(const Model& model, const Surface& surface) {
  const auto& look = surface.look;
  const auto phase = " " + (model.phase.empty() ? std::string("no answer") : model.phase) + " ";
  std::string about;
  const auto version = model.version.empty() ? std::string() : "kgnode " + model.version;
  for (const auto& part : {model.role, model.environment, version}) {
    if (!part.empty()) about += (about.empty() ? "" : " · ") + part;
  }
  const auto name = " " + (model.name.empty() ? std::string("this node") : model.name) + "  ";
  const auto right = width_of(phase) + width_of(surface.now) + 3;
  const auto room = surface.width - std::min(surface.width, right + width_of(name));
  auto mark = text(phase) | bold;
  if (look.color) {
    const auto tone = tone_of(model.phase);
    const auto ground = tone == Tone::good      ? Color::Green
                        : tone == Tone::warning ? Color::Yellow
                                                : Color::Red;
    mark = std::move(mark) | color(Color::Black) | bgcolor(ground);
  } else {
    mark = std::move(mark) | inverted;
  }
  return hbox({text(name) | bold, text(fit(about, room, look)) | dim, filler(), std::move(mark),
               text("  " + surface.now + " ") | dim});
}

/// The way that a node takes after its start, and how far it is.
Element phases(const Model& model, const Surface& surface) {
  Elements all = {text(" ")};
  for (const auto& phase : model.phases) {
    if (all.size() > 1) all.push_back(text(surface.width >= kWide ? " ── " : " ─ ") | dim);
    const bool is_here = phase.name == model.phase;
    const auto tone = is_here ? tone_of(phase.name) : phase.seconds ? Tone::plain : Tone::faint;
    auto name = text(phase.name) | tint(tone, surface.look);
    all.push_back(is_here ? std::move(name) | bold : std::move(name));
    if (phase.seconds && phase.name != "booting")
      all.push_back(text(std::format(" {:.1f} s", *phase.seconds)) | dim);
  }
  return hbox(std::move(all));
}

std::size_t count_in_sync(const Model& model) {
  return static_cast<std::size_t>(std::ranges::count_if(
      model.domains, [](const Domain& domain) { return tone_of(domain.condition) == Tone::good; }));
}

/// The one thing that an operator must know first.
Element matter(const Model& model, const Surface& surface) {
  const auto line = [&surface](Tone tone, const std::string& what) {
    return text(" " + fit(what, surface.width - 2, surface.look)) | tint(tone, surface.look);
  };
  if (!model.silence.empty()) return line(Tone::bad, model.silence);
  if (!model.reason.empty()) return line(tone_of(model.phase), model.reason);
  if (!model.pending.empty()) return line(Tone::warning, model.pending);
  const auto good = count_in_sync(model);
  if (good == model.domains.size())
    return line(Tone::faint, std::format("all {} domains are as configured", good));
  for (const auto& domain : model.domains) {
    if (tone_of(domain.condition) != Tone::good)
      return line(tone_of(domain.condition),
                  std::format("{} is {}: {}", domain.name, domain.condition, domain.trouble));
  }
  return text("");
}

Element foot(const Shown& shown, const Surface& surface) {
  const auto& look = surface.look;
  if (surface.read_only)
    return text(fit(" read-only console. Over SSH: kgnode dashboard, kgnode doctor, kgnode status",
                    surface.width, look)) |
           dim;
  Elements all;
  const auto key = [&all](const char* name, std::string_view does, bool on) {
    all.push_back(text(std::string(" ") + name + " ") | inverted);
    auto what = text(does.empty() ? " " : std::format(" {} ", does));
    all.push_back(on ? std::move(what) | bold : std::move(what));
  };
  key("1", "overview", shown.tab == Tab::overview);
  key("2", "nodes", shown.tab == Tab::nodes);
  key("3", "bans", shown.tab == Tab::bans);
  key("4", "log", shown.tab == Tab::log);
  key("↑↓", "", false);
  key("Enter", "why", false);
  key("Space", "pause", shown.paused);
  key("q", "quit", false);
  return hbox(std::move(all));
}

/// For 80 by 24: the nodes, three figures side by side, K3s and the log.
Element narrow(const Model& model, const Shown& shown, Area area, const Look& look) {
  const auto third = area.width / 3;
  const std::size_t figures = 6;
  const auto rest = area.height - std::min(area.height, figures);
  const auto lower = std::min<std::size_t>(rest / 2, rest < 12 ? 5 : 7);
  const auto upper = rest - lower;
  const Area figure{third, figures};
  return vbox({nodes_panel(model, shown, {area.width, upper}, look),
               hbox({bans_panel(model, figure, look), drops_panel(model, figure, look),
                     machine_panel(model, {area.width - 2 * third, figures}, look)}),
               hbox({k3s_panel(model, {third, lower}, look),
                     log_panel(model, 0, {area.width - third, lower}, look)})});
}

Element wide(const Model& model, const Shown& shown, Area area, const Look& look) {
  const std::size_t side = 58;
  const auto main = area.width - side;
  const auto nodes = area.height * 3 / 5;
  const auto chart = std::min<std::size_t>(10, area.height / 4);
  const std::size_t k3s = 6;
  const auto machine = std::min<std::size_t>(model.gauges.size() + 3, area.height / 4);
  const auto domains = area.height - std::min(area.height, 2 * chart + k3s + machine);
  return hbox(
      {vbox({nodes_panel(model, shown, {main, nodes}, look),
             log_panel(model, 0, {main, area.height - nodes}, look)}),
       vbox({bans_panel(model, {side, chart}, look), drops_panel(model, {side, chart}, look),
             machine_panel(model, {side, machine}, look), k3s_panel(model, {side, k3s}, look),
             domains_panel(model, {side, domains}, look)})});
}

Element body(const Model& model, const Shown& shown, Area area, const Look& look) {
  switch (shown.tab) {
    case Tab::nodes: {
      const auto details = std::min<std::size_t>(8, area.height / 3);
      return vbox({nodes_panel(model, shown, {area.width, area.height - details}, look),
                   node_details(model, shown, {area.width, details}, look)});
    }
    case Tab::bans: {
      const auto upper = area.height / 3;
      const auto half = area.width / 2;
      const auto list = area.width * 3 / 5;
      return vbox({hbox({bans_panel(model, {half, upper}, look),
                         drops_panel(model, {area.width - half, upper}, look)}),
                   hbox({ban_list(model, shown, {list, area.height - upper}, look),
                         jails_panel(model, {area.width - list, area.height - upper}, look)})});
    }
    case Tab::log:
      return log_panel(model, shown.scroll, area, look);
    case Tab::overview:
      break;
  }
  const bool is_wide = area.width >= kWide && area.height >= kTall;
  return is_wide ? wide(model, shown, area, look) : narrow(model, shown, area, look);
}

}  // namespace

Screen draw(const Model& model, const Shown& shown, const Surface& surface) {
  auto screen = Screen::Create(Dimension::Fixed(to_int(surface.width)),
                               Dimension::Fixed(to_int(surface.height)));
  const Area area{surface.width, surface.height - std::min(surface.height, kHead + kFoot)};
  Elements all = {head(model, surface), phases(model, surface), matter(model, surface),
                  body(model, shown, area, surface.look) | size(HEIGHT, EQUAL, to_int(area.height)),
                  foot(shown, surface)};
  Render(screen, vbox(std::move(all)));
  return screen;
}

}  // namespace kgnode::dashboard
