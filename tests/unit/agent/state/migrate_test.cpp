/// State brought forward and back, interrupted after every write.
#include "agent/state/migrate.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"

using kgnode::Error, kgnode::Result, kgnode::fail;
using kgnode::state::bring_state, kgnode::state::Migration;

namespace {

constexpr auto kFolder = "/s";

/// Two files in two writes, as a real one would have.
Migration step(unsigned from) {
  return {.from = from,
          .run = [from](kgnode::sys::Files& files, const std::string& folder) -> Result<> {
            const auto text = TRY(files.read(folder + "/owned.json")).value_or("");
            TRY(files.replace(folder + "/owned.json", text + std::to_string(from + 1), 0600));
            return files.replace(folder + "/bans.db", "new " + std::to_string(from + 1), 0600);
          }};
}

const std::vector<Migration> kTwo{step(1)};
const std::vector<Migration> kThree{step(1), step(2)};

test::FakeFiles first_state() {
  test::FakeFiles files;
  files.files = {{"/s/owned.json", "1"}, {"/s/bans.db", "old"}, {"/s/log/0001", "log"}};
  return files;
}

std::string at(const test::FakeFiles& files, const std::string& name) {
  const auto found = files.files.find("/s/" + name);
  return found == files.files.end() ? "-" : found->second;
}

/// The power fails after so many writes.
struct Interrupted : test::FakeFiles {
  int power = -1;
  Result<> replace(const std::string& path, std::string_view content, mode_t mode) override {
    if (power == 0) return fail(Error::plain("no power"));
    if (power > 0) --power;
    return test::FakeFiles::replace(path, content, mode);
  }
  Result<> remove(const std::string& path) override {
    if (power == 0) return fail(Error::plain("no power"));
    if (power > 0) --power;
    return test::FakeFiles::remove(path);
  }
};

}  // namespace

TEST_CASE("migrate: nothing to do where the version is the one that is read", "[state]") {
  auto files = first_state();
  CHECK(bring_state(files, kFolder, {}).value() == "");
  CHECK(files.writes.empty());
  test::FakeFiles none;
  CHECK(bring_state(none, kFolder, {}).value() == "");
}

TEST_CASE("migrate: forward over several versions, and a second time nothing", "[state]") {
  auto files = first_state();
  CHECK(bring_state(files, kFolder, kThree).value().contains("from version 1 to 3"));
  CHECK(at(files, "owned.json") == "123");
  CHECK(at(files, "bans.db") == "new 3");
  CHECK(at(files, "log/0001") == "log");
  CHECK(at(files, "before-2/owned.json") == "1");
  CHECK(at(files, "before-3/owned.json") == "12");
  CHECK(bring_state(files, kFolder, kThree).value() == "");
}

TEST_CASE("migrate: back to the version before takes what that one had, and keeps the newer",
          "[state]") {
  auto files = first_state();
  (void)bring_state(files, kFolder, kThree);
  files.files["/s/bans.db"] = "since";
  CHECK(bring_state(files, kFolder, kTwo).value().contains("newer-3"));
  CHECK(at(files, "owned.json") == "12");
  CHECK(at(files, "newer-3/bans.db") == "since");
  CHECK(at(files, "log/0001") == "log");
  CHECK(bring_state(files, kFolder, kTwo).value() == "");
  // Forward again, from what the older version left.
  files.files["/s/owned.json"] = "12x";
  (void)bring_state(files, kFolder, kThree);
  CHECK(at(files, "owned.json") == "12x3");
}

TEST_CASE("migrate: back over two versions at once, and to where there is no copy", "[state]") {
  auto files = first_state();
  (void)bring_state(files, kFolder, kThree);
  (void)bring_state(files, kFolder, {});
  CHECK(at(files, "owned.json") == "1");
  test::FakeFiles fresh;
  fresh.files = {{"/s/state-version", "3\n"}, {"/s/owned.json", "of 3"}};
  (void)bring_state(fresh, kFolder, {});
  CHECK(at(fresh, "owned.json") == "-");
  CHECK(at(fresh, "newer-3/owned.json") == "of 3");
}

TEST_CASE("migrate: interrupted after any write it ends as if it had not been", "[state]") {
  for (const bool back : {false, true}) {
    bool cut = true;
    for (int power = 0; cut; ++power) {
      Interrupted files;
      files.files = first_state().files;
      if (back) (void)bring_state(files, kFolder, kThree);
      const auto& steps = back ? kTwo : kThree;
      files.power = power;
      cut = !bring_state(files, kFolder, steps);
      files.power = -1;
      CAPTURE(back, power);
      REQUIRE(bring_state(files, kFolder, steps));
      CHECK(at(files, "owned.json") == (back ? "12" : "123"));
      CHECK(at(files, "bans.db") == (back ? "new 2" : "new 3"));
      if (back) CHECK(at(files, "newer-3/owned.json") == "123");
    }
  }
}

TEST_CASE("migrate: a damaged version is told and nothing is changed", "[state]") {
  auto files = first_state();
  files.files["/s/state-version"] = "two";
  CHECK_FALSE(bring_state(files, kFolder, kTwo));
  CHECK(files.writes.empty());
}
