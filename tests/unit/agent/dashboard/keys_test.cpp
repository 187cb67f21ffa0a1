/// Keys, and what they change.
#include "agent/dashboard/keys.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::dashboard;

namespace {

Model with_nodes(std::size_t count) {
  Model model;
  model.nodes.resize(count);
  model.log.resize(30);
  return model;
}

Shown press(Shown shown, std::string_view bytes, const Model& model) {
  for (const auto key : parse_keys(bytes)) shown = handle(shown, key, model);
  return shown;
}

}  // namespace

TEST_CASE("dashboard keys: of what a terminal sends, sequences too") {
  CHECK(parse_keys("qj\x1b[A\x1bOB 3") ==
        std::vector<Key>{Key::quit, Key::down, Key::up, Key::down, Key::pause, Key::bans});
  CHECK(parse_keys("\x1b[5~\x1b[6~") == std::vector<Key>{Key::page_up, Key::page_down});
  CHECK(parse_keys("\x1b") == std::vector<Key>{Key::back});
  CHECK(parse_keys("\x03") == std::vector<Key>{Key::quit});
}

TEST_CASE("dashboard keys: what means nothing here is passed over as a whole") {
  // The letters of a sequence are no keys: F5, a mouse, a paste begins.
  CHECK(parse_keys("\x1b[15~\x1b[<0;3;4M\x1b[200~").empty());
  CHECK(parse_keys("xyzé").empty());
  CHECK(parse_keys("\x1b[1;5") == std::vector<Key>{});
}

TEST_CASE("dashboard keys: the selection stays among the nodes") {
  const auto model = with_nodes(3);
  CHECK(press({}, "jjjjj", model).selected == 2);
  CHECK(press({}, "jjk", model).selected == 1);
  CHECK(press({}, "kkk", model).selected == 0);
  CHECK(press({.selected = 9}, "k", with_nodes(2)).selected == 0);  // nodes have gone meanwhile
  CHECK(press({}, "jk", with_nodes(0)).selected == 0);
}

TEST_CASE("dashboard keys: tabs by number, in turn, and back") {
  const auto model = with_nodes(3);
  CHECK(press({}, "\r", model).tab == Tab::nodes);
  CHECK(press({}, "\t\t", model).tab == Tab::bans);
  CHECK(press({}, "\t\t\t\t", model).tab == Tab::overview);
  CHECK(press({}, "4\x1b", model).tab == Tab::overview);
}

TEST_CASE("dashboard keys: in the log up is back in time") {
  const auto model = with_nodes(3);
  CHECK(press({}, "4kkk", model).scroll == 3);
  CHECK(press({}, "4kkkj", model).scroll == 2);
  CHECK(press({}, "4\x1b[5~\x1b[5~\x1b[5~\x1b[5~", model).scroll == 29);
  CHECK(press({}, "4kkk3", model).scroll == 0);
}

TEST_CASE("dashboard keys: pause and quit") {
  const auto model = with_nodes(1);
  CHECK(press({}, " ", model).paused);
  CHECK_FALSE(press({}, "  ", model).paused);
  CHECK(press({}, "q", model).quit);
}
