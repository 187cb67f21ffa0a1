/// When a line says that it was written.
#include "hardening/ban/line_time.hpp"

#include "agent/base/clock.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace kgnode::hardening::ban;

namespace {

const Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + std::chrono::hours(9);

std::string read(std::string_view line, Time now = kNow) {
  const auto time = read_line_time(line, now);
  return time ? to_rfc3339(*time).substr(0, 19) : "-";
}

}  // namespace

TEST_CASE("line time: each prefix and format that has one") {
  struct Row {
    std::string_view line;
    std::string_view time;
  };
  for (const auto& [line, time] : std::initializer_list<Row>{
           {"Nov 22 10:00:01 host sshd[1]: a", "2026-11-22T10:00:01"},
           {"Nov  2 10:00:01 host sshd[1]: a", "2026-11-02T10:00:01"},
           {"<38>Nov 22 10:00:01.123 host sshd: a", "2026-11-22T10:00:01"},
           {"2026-11-22T10:00:01.123456+01:00 host sshd[1]: a", "2026-11-22T09:00:01"},
           {"2026-11-22T10:00:01-0130 host sshd: a", "2026-11-22T11:30:01"},
           {"2026-11-22T18:36:18.123456789Z stdout F a", "2026-11-22T18:36:18"},
           {R"(time="2026-11-22T18:36:18Z" level=error msg="x")", "2026-11-22T18:36:18"},
           {R"(203.0.113.7 - - [22/Nov/2026:18:36:18 +0100] "GET / HTTP/1.1" 404 1 "-" "x")",
            "2026-11-22T17:36:18"},
           {R"(203.0.113.7 - a [b [22/Nov/2026:18:36:18 +0000] "GET / HTTP/1.1" 404 1)",
            "2026-11-22T18:36:18"},
           {R"({"kind":"Event","stageTimestamp":"2026-11-22T18:36:18.1Z","x":{"a":[1]}})",
            "2026-11-22T18:36:18"},
           {R"({"ClientHost":"203.0.113.7","StartUTC":"2026-11-22T18:36:18.1Z"})",
            "2026-11-22T18:36:18"}}) {
    INFO(line);
    CHECK(read(line) == time);
  }
}

TEST_CASE("line time: a line without one, or with one that is no time, has none") {
  for (const std::string_view line :
       {"", "Nov", "Nov 31 10:00:01 host a: b", "Nov 22 24:00:01 host a: b", "Nov 22 10:00",
        "2026-13-22T10:00:01Z", "9999-11-22T10:00:01Z", "2026-11-22T10:00:-1Z", "2026-11-22",
        "2026-11-22T10:00:01+1", "Failed password for root from 203.0.113.7 port 22 ssh2", "{",
        "{}", "<38>", "time=\"x\"", R"({"stageTimestamp":7})",
        R"(203.0.113.7 - - [22/Nov/2026:18:36:18 +0000 "GET /")"}) {
    INFO(line);
    CHECK(read(line) == "-");
  }
}

TEST_CASE("line time: a day without a year is the last one that has been") {
  CHECK(read("Nov 25 10:00:01 host a: b") == "2026-11-25T10:00:01");  // another zone's today
  CHECK(read("Nov 26 10:00:01 host a: b") == "2025-11-26T10:00:01");
  CHECK(read("Dec 31 23:59:59 host a: b") == "2025-12-31T23:59:59");
  CHECK(read("Feb 29 10:00:01 host a: b") == "2024-02-29T10:00:01");
  const Time new_year = std::chrono::sys_days(std::chrono::year(2026) / 12 / 31);
  CHECK(read("Jan  1 00:00:01 host a: b", new_year) == "2027-01-01T00:00:01");
}
