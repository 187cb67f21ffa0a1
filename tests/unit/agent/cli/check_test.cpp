/// `kgnode check` as its caller sees it.
#include "agent/cli/check.hpp"

#include <sstream>

#include <boost/json.hpp>

#include "tests/support/fake_files.hpp"
#include "tests/unit/agent/config/documents.hpp"

using namespace kgnode;

namespace {

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};

Ran check(const cli::CheckRequest& request, test::FakeFiles& files, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const auto status = cli::check_command(request, files, {in, out, err});
  return {status, out.str(), err.str()};
}

}  // namespace

TEST_CASE("check: a valid file says so and exits 0") {
  test::FakeFiles files;
  files.files["/etc/kgnode/node.toml"] = test::sample();
  const auto ran = check({}, files);
  CHECK(ran.status == 0);
  CHECK(ran.out == "/etc/kgnode/node.toml: valid\n");
  CHECK(ran.err == "");
  CHECK(files.writes.empty());
}

TEST_CASE("check: problems come from standard input too, all of them, with exit 1") {
  test::FakeFiles files;
  const auto text =
      test::edited(test::edited(test::sample(), "\"cp-1\"", "7"), "min_size", "min-size");
  const auto ran = check({.file = "-"}, files, text);
  CHECK(ran.status == 1);
  CHECK(ran.out ==
        "<stdin>:4:8: expected a string such as \"cp-1\", got an integer\n"
        "    4 | name = 7\n"
        "      |        ^\n"
        "<stdin>:21:10: unknown key \"min-size\" in [storage.disk]\n"
        "   21 | disk = { min-size = \"100GiB\" }    # or serial / by_id / by_path / path; exactly "
        "one disk must match\n"
        "      |          ^\n"
        "did you mean \"min_size\"?\n"
        "<stdin>: 2 errors\n");
}

TEST_CASE("check: warnings are shown and still exit 0") {
  test::FakeFiles files;
  files.files["node.toml"] = test::edited(test::sample(), ", \"10.0.0.13\"", "");
  const auto ran = check({.file = "node.toml"}, files);
  CHECK(ran.status == 0);
  CHECK(ran.out.starts_with("node.toml:17:11: warning: 2 servers survive"));
  CHECK(ran.out.ends_with("node.toml: valid\n"));
}

TEST_CASE("check: JSON is one object with every field in every diagnostic") {
  test::FakeFiles files;
  files.files["good"] = test::sample();
  CHECK(check({.file = "good", .format = cli::Format::json}, files).out ==
        "{\"valid\":true,\"diagnostics\":[]}\n");
  files.files["bad"] = test::edited(test::sample(), "\"cp-1\"", "7");
  const auto ran = check({.file = "bad", .format = cli::Format::json}, files);
  CHECK(ran.status == 1);
  boost::system::error_code error;
  const auto answer = boost::json::parse(ran.out, error);
  REQUIRE_FALSE(error);
  const boost::json::value expected = {
      {"valid", false},
      {"diagnostics",
       boost::json::array{{{"severity", "error"},
                           {"file", "bad"},
                           {"line", 4},
                           {"column", 8},
                           {"message", "expected a string such as \"cp-1\", got an integer"},
                           {"hint", nullptr},
                           {"source", "name = 7"}}}}};
  CHECK(answer == expected);
}

TEST_CASE("check: a file that is not there is an error with the way out") {
  test::FakeFiles files;
  const auto ran = check({.file = "/nowhere"}, files);
  CHECK(ran.status == 1);
  CHECK(ran.out == "");
  CHECK(
      ran.err ==
      "kgnode check: read \"/nowhere\": No such file or directory; name a readable file, or - for "
      "standard input\n");
}

TEST_CASE("check: standard input that never ends is cut off with an error") {
  test::FakeFiles files;
  const auto ran = check({.file = "-"}, files, std::string(1U << 20, '#'));
  CHECK(ran.status == 1);
  CHECK(ran.out.contains("at most 262144 are read"));
}
