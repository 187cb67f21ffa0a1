/// `kgnode ban scan --summary` as its caller sees it.
#include <filesystem>
#include <format>
#include <fstream>
#include <sstream>

#include <boost/json.hpp>

#include "agent/cli/ban_scan.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/agent/config/documents.hpp"

using namespace kgnode;

namespace {

const auto kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

/// `clock`: "10:00:01"
std::string sshd(std::string_view clock, std::string_view address) {
  return std::format("Nov 22 {} host sshd[1]: Failed password for root from {} port 22 ssh2\n",
                     clock, address);
}

std::string access(std::string_view clock, std::string_view address) {
  return std::format(
      "2026-11-22T{}.5Z stdout F {} - - [22/Nov/2026:{} +0000] \"GET /.env HTTP/1.1\" 404 1 x\n",
      clock, address, clock);
}

/// Two attackers of whom one comes back, one who stays below, one who is slow, one who is spared.
std::string make_log() {
  std::string log;
  for (int i = 0; i < 8; ++i) log += sshd(std::format("10:00:0{}", i), "198.51.100.7");
  for (int i = 0; i < 4; ++i) log += sshd(std::format("10:01:0{}", i), "198.51.100.8");
  for (int i = 0; i < 10; ++i) log += access(std::format("10:02:0{}", i), "2001:db8:7::9");
  for (int i = 0; i < 6; ++i) log += sshd(std::format("11:{}0:00", i), "198.51.100.10");
  for (int i = 0; i < 5; ++i) log += sshd(std::format("12:00:0{}", i), "198.51.100.7");
  for (int i = 0; i < 5; ++i) log += sshd(std::format("12:10:0{}", i), "10.0.0.12");
  return log + "an honest line\n";
}

std::filesystem::path golden(std::string_view name) {
  return std::filesystem::path(TEST_DATA) / "ban" / name;
}

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};

Ran summarize(const std::string& log, const std::string& config = {}, bool json = false) {
  const test::TempDir folder;
  std::ofstream(folder / "log", std::ios::binary) << log;
  cli::ScanRequest request{.file = folder / "log", .summary = true, .json = json, .now = kNow};
  if (!config.empty()) {
    std::ofstream(folder / "node.toml") << config;
    request.config = folder / "node.toml";
  }
  std::ostringstream out;
  std::ostringstream err;
  const auto status = cli::scan_log(request, out, err);
  return {status, out.str(), err.str()};
}

}  // namespace

TEST_CASE("ban scan summary: the bans that the agent would have decided on, the longest first") {
  const auto ran = summarize(make_log(), test::sample());
  CHECK(ran.status == 0);
  CHECK(ran.err == "");
  test::check_golden(golden("scan_summary.txt"), ran.out);
}

TEST_CASE("ban scan summary: the same as JSON") {
  test::check_golden(golden("scan_summary.json"), summarize(make_log(), test::sample(), true).out);
}

TEST_CASE("ban scan summary: thresholds, times and escalation are those of the configuration") {
  const auto ran = summarize(make_log(), test::sample() + R"(
[ban]
escalation = 1
never = ["2001:db8:7::/64"]
jails = [{ name = "sshd", threshold = 4, time = "10m", window = "1h" }]
)",
                             true);
  const auto answer = boost::json::parse(ran.out);
  std::vector<std::string> bans;
  for (const auto& ban : answer.at("bans").as_array()) {
    bans.push_back(std::format("{} {} {}", ban.at("source").as_string().c_str(),
                               ban.at("time").as_string().c_str(), ban.at("strikes").as_int64()));
  }
  CHECK(bans == std::vector<std::string>{"198.51.100.7 10m 1", "198.51.100.8 10m 1",
                                         "198.51.100.10 10m 1", "198.51.100.10 10m 2",
                                         "198.51.100.10 10m 3", "198.51.100.7 10m 2"});
  CHECK(answer.at("spared").as_array().size() == 2);
}

TEST_CASE("ban scan summary: lines without a time happened at once, or with the line before them") {
  const std::string raw = "Failed password for root from 198.51.100.7 port 22 ssh2\n";
  const auto alone = summarize(raw + raw + raw + raw + raw, {}, true);
  const auto answer = boost::json::parse(alone.out);
  CHECK(answer.at("untimed").as_int64() == 5);
  REQUIRE(answer.at("bans").as_array().size() == 1);
  CHECK(answer.at("bans").at(0).at("since").as_string() == "2026-11-24T00:00:00.000000Z");
  const auto mixed = summarize(sshd("10:00:00", "198.51.100.7") + raw + raw + raw + raw, {}, true);
  CHECK(boost::json::parse(mixed.out).at("bans").at(0).at("since").as_string() ==
        "2026-11-22T10:00:00.000000Z");
}

TEST_CASE("ban scan summary: nobody to ban is one line") {
  CHECK(summarize("an honest line\n").out ==
        "lines: 1, offences: 0 (0 without a time), sources: 0, bans: 0\n");
}
