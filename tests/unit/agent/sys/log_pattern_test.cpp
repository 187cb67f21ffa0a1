#include "agent/sys/log_pattern.hpp"

#include <filesystem>
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode::sys;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> found_below(const test::TempDir& folder, const std::string& pattern) {
  std::vector<std::string> found;
  const auto parsed = make_log_pattern(folder / pattern);
  REQUIRE(parsed);
  visit_matches(*parsed, {[](int, const std::string&) { return true; },
                          [&found, &folder](const std::string& path) {
                            found.push_back(path.substr(folder.path().size() + 1));
                          }});
  return found;
}

void make_file(const std::string& path) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path) << "x\n";
}

}  // namespace

TEST_CASE("log pattern: only a full path to a file is one", "[sys]") {
  CHECK(make_log_pattern("/var/log/audit/audit.log"));
  CHECK(make_log_pattern("/a*"));
  for (const auto* text : {"", "var/log/x", "/", "/var/log/", "/var//log", "/var/../log", "/./x"}) {
    INFO(text);
    CHECK_FALSE(make_log_pattern(text));
  }
}

TEST_CASE("log pattern: the literal part is a folder, the rest are components", "[sys]") {
  const auto pods = make_log_pattern("/var/log/pods/ingress-nginx_*_*/*/*.log").value();
  CHECK(pods.folder == "/var/log/pods");
  CHECK(pods.components == std::vector<std::string>{"ingress-nginx_*_*", "*", "*.log"});
  const auto plain = make_log_pattern("/audit.log").value();
  CHECK(plain.folder == "/");
  CHECK(plain.components == std::vector<std::string>{"audit.log"});
}

TEST_CASE("log pattern: a path matches component by component", "[sys]") {
  const auto pods = make_log_pattern("/var/log/pods/ingress-nginx_*_*/*/*.log").value();
  CHECK(is_match(pods, "/var/log/pods/ingress-nginx_ctl-1_ab/controller/0.log"));
  CHECK_FALSE(is_match(pods, "/var/log/pods/ingress-nginx_ctl-1_ab/controller/0.log.20260301"));
  CHECK_FALSE(is_match(pods, "/var/log/pods/ingress-nginx_ctl-1_ab/0.log"));
  CHECK_FALSE(is_match(pods, "/var/log/pods/ingress-nginx_ctl-1_ab/a/b/0.log"));
  CHECK_FALSE(is_match(pods, "/var/log/podsx"));
  CHECK_FALSE(is_match(pods, "/var/log/pods/ingress-nginx_ctl-1_ab/controller/.log"));
  CHECK(is_match(make_log_pattern("/*.log").value(), "/x.log"));
}

TEST_CASE("log pattern: finds files below, but follows no link that a wildcard found", "[sys]") {
  const test::TempDir folder;
  make_file(folder / "pods/a_1/c/0.log");
  make_file(folder / "pods/a_2/d/0.log");
  make_file(folder / "pods/a_2/d/1.log.gz");
  make_file(folder / "pods/b_1/c/0.log");
  make_file(folder / "elsewhere/c/0.log");
  fs::create_directory_symlink(folder / "elsewhere", folder / "pods/a_3");
  CHECK(found_below(folder, "pods/a_*/*/*.log") ==
        std::vector<std::string>{"pods/a_1/c/0.log", "pods/a_2/d/0.log"});
  CHECK(found_below(folder, "pods/a_[3-9]/*/*.log").empty());
  // A literal name is given whether it is there or not: it may come.
  CHECK(found_below(folder, "pods/a_1/c/9.log") == std::vector<std::string>{"pods/a_1/c/9.log"});
}

TEST_CASE("log pattern: a folder that is missing is watched from above", "[sys]") {
  const test::TempDir folder;
  std::vector<std::string> entered;
  visit_matches(make_log_pattern(folder / "not/there/*.log").value(),
                {[&entered](int, const std::string& path) {
                   entered.push_back(path);
                   return true;
                 },
                 [](const std::string&) { FAIL("nothing is there"); }});
  CHECK(entered == std::vector<std::string>{folder.path()});
}
