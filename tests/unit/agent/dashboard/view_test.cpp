/// The dashboard as pictures of fixed sizes. KGNODE_TEST_ACCEPT=1 rewrites them.
#include "agent/dashboard/view.hpp"

#include "agent/base/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/golden.hpp"
#include "tests/unit/agent/dashboard/answers.hpp"

#include <ftxui/screen/terminal.hpp>

using namespace kgnode;
using namespace kgnode::dashboard;

namespace {

/// What is on it, without colours; blanks at the ends of lines do not count.
std::string text_of(const ftxui::Screen& screen) {
  std::string text;
  for (int y = 0; y < screen.dimy(); ++y) {
    std::string line;
    for (int x = 0; x < screen.dimx(); ++x) line += screen.at(x, y);
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

Surface surface(std::size_t width, std::size_t height) {
  return {.width = width, .height = height, .look = {}, .read_only = false, .now = "09:00:30Z"};
}

std::string picture(const Shown& shown, const Surface& surface) {
  return text_of(draw(make_model(test::make_answers()), shown, surface));
}

Model make_hostile() {
  // Whoever is printable can still be odd: wide, combining, long, empty.
  Model model = make_model(test::make_answers());
  model.name = std::string(300, 'n');
  model.reason = "漢字 e\u0301\u0301\u0301 👩‍👩‍👧 " + std::string(500, 'w');
  for (auto& node : model.nodes) node.name = node.why = "漢字漢字漢字漢字漢字漢字漢字漢字漢字";
  model.log.resize(
      100, {.time = "", .actor = "漢", .what = std::string(900, 'x'), .outcome = "漢字漢字漢字"});
  return model;
}

}  // namespace

TEST_CASE("dashboard view: the overview on a small and on a large terminal") {
  test::check_golden("dashboard/overview-80x24.txt", picture({}, surface(80, 24)));
  test::check_golden("dashboard/overview-160x50.txt", picture({}, surface(160, 50)));
}

TEST_CASE("dashboard view: each tab") {
  test::check_golden("dashboard/nodes-80x24.txt",
                     picture({.tab = Tab::nodes, .selected = 3}, surface(80, 24)));
  test::check_golden("dashboard/nodes-160x50.txt",
                     picture({.tab = Tab::nodes, .selected = 5}, surface(160, 50)));
  test::check_golden("dashboard/bans-80x24.txt", picture({.tab = Tab::bans}, surface(80, 24)));
  test::check_golden("dashboard/bans-160x50.txt", picture({.tab = Tab::bans}, surface(160, 50)));
  test::check_golden("dashboard/log-80x24.txt",
                     picture({.tab = Tab::log, .scroll = 2}, surface(80, 24)));
}

TEST_CASE("dashboard view: the console of Linux, which has fewer characters") {
  auto console = surface(80, 25);
  console.look = {.color = true, .rich = false};
  console.read_only = true;
  const auto text = picture({}, console);
  test::check_golden("dashboard/console-80x25.txt", text);
  for (const auto* missing : {"▁", "▂", "▃", "▅", "▆", "▇", "╭", "…", "●"})
    CHECK_FALSE(text.contains(missing));
}

TEST_CASE("dashboard view: without an agent, and degraded") {
  auto silent = test::make_answers();
  silent = {.status = nullptr,
            .cluster = nullptr,
            .k3s = nullptr,
            .figures = nullptr,
            .log = nullptr,
            .silence = "the agent does not run (nobody listens on \"/run/kgnode/admin.sock\")"};
  test::check_golden("dashboard/silent-80x24.txt",
                     text_of(draw(make_model(silent), {}, surface(80, 24))));
  auto degraded = test::make_answers();
  degraded.status.at("phase") = "degraded";
  degraded.status.at("reason") = "storage: no disk matches storage.disk";
  degraded.k3s = boost::json::parse(
      R"({"stage":"waiting","why":"no server answers on 10.0.0.11:6443","remedy":"kgnode k3s diagnose"})");
  test::check_golden("dashboard/degraded-80x24.txt",
                     text_of(draw(make_model(degraded), {}, surface(80, 24))));
}

TEST_CASE("dashboard view: colours, and none for who does not want them") {
  ftxui::Terminal::SetColorSupport(ftxui::Terminal::Palette16);
  const auto model = make_model(test::make_answers());
  auto small = surface(80, 24);
  test::check_golden("dashboard/overview-color-80x24.txt",
                     draw(model, {}, small).ToString() + "\n");
  small.look.color = false;
  const auto plain = draw(model, {}, small).ToString();
  for (const auto* code : {"\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[91m", "\x1b[42m"})
    CHECK_FALSE(plain.contains(code));
}

TEST_CASE("dashboard view: it keeps its size, whatever there is to show") {
  const auto hostile = make_hostile();
  const auto empty = make_model({});
  for (const auto tab : {Tab::overview, Tab::nodes, Tab::bans, Tab::log}) {
    for (const auto& [width, height] : {std::pair<std::size_t, std::size_t>{80, 24},
                                        {160, 50},
                                        {40, 10},
                                        {20, 5},
                                        {1, 1},
                                        {300, 100},
                                        {120, 36}}) {
      for (const auto* model : {&hostile, &empty}) {
        const auto screen =
            draw(*model, {.tab = tab, .selected = 99, .scroll = 999}, surface(width, height));
        CHECK(screen.dimx() == static_cast<int>(width));
        CHECK(screen.dimy() == static_cast<int>(height));
      }
    }
  }
}

TEST_CASE("dashboard parts: what does not fit is cut, with a mark, by columns") {
  CHECK(fit("abc", 3, {}) == "abc");
  CHECK(fit("abcd", 3, {}) == "ab…");
  CHECK(fit("abcd", 3, {.rich = false}) == "ab~");
  CHECK(width_of(fit("漢字漢字", 4, {})) <= 4);
  CHECK(fit("abc", 0, {}).empty());
  CHECK(wrap("one two three", 7) == std::vector<std::string>{"one two", "three"});
}
