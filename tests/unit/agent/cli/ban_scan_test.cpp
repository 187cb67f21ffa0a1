/// `kgnode ban scan` as its caller sees it.
#include "agent/cli/ban_scan.hpp"

#include <fstream>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/agent/config/documents.hpp"

using namespace kgnode;

namespace {

constexpr const char* kAccess =
    R"(203.0.113.7 - - [22/Nov/2026:18:36:18 +0000] "GET /.env HTTP/1.1" 404 146 "-" "x")";
constexpr const char* kToken =
    R"(time="2026-11-22T18:36:18Z" level=error msg="Sending HTTP/1.1 401 response to 203.0.113.7:4711: x")";
constexpr const char* kGuess = "Failed password for root from 203.0.113.7 port 22 ssh2";

struct Ran {
  int status = -1;
  std::string out;
  std::string err;
};

Ran scan(const std::string& log, cli::ScanRequest request = {}) {
  const test::TempDir folder;
  std::ofstream(folder / "log", std::ios::binary) << log;
  if (request.file == "-") request.file = folder / "log";
  std::ostringstream out;
  std::ostringstream err;
  const auto status = cli::scan_log(request, out, err);
  return {status, out.str(), err.str()};
}

std::string syslog(const std::string& program, const std::string& message) {
  return "Nov 22 10:00:01 host " + program + "[1]: " + message + "\n";
}

}  // namespace

TEST_CASE("ban scan: one line for each offence, with the number of its line") {
  const auto ran = scan(syslog("sshd", kGuess) + syslog("sshd", "Accepted x") + "\n" +
                        syslog("sshd-session", "Invalid user a from 2001:db8::7 port 22") +
                        syslog("k3s", kToken));
  CHECK(ran.status == 0);
  CHECK(ran.out ==
        "1\tsshd\t203.0.113.7\t2\n"
        "4\tsshd\t2001:db8::7\t2\n"
        "5\tk3s-supervisor\t203.0.113.7\t2\n");
  CHECK(ran.err == "");
}

TEST_CASE("ban scan: of a line with a program only the jails of that program judge") {
  CHECK(scan(syslog("logger", kGuess) + syslog("sshd", kToken) + syslog("cron", kAccess)).out ==
        "");
  CHECK(scan(syslog("logger", kGuess), {.jail = "sshd"}).out == "");
  CHECK(scan(syslog("nginx", kAccess)).out == "1\tingress-nginx\t203.0.113.7\t5\n");
}

TEST_CASE("ban scan: raw lines are tried with every jail, or with the one that is named") {
  const auto raw = std::string(kGuess) + "\r\n" + kAccess + "\n" + kToken;
  CHECK(scan(raw).out ==
        "1\tsshd\t203.0.113.7\t2\n"
        "2\tingress-nginx\t203.0.113.7\t5\n"
        "3\tk3s-supervisor\t203.0.113.7\t2\n");
  CHECK(scan(raw, {.jail = "ingress-nginx"}).out == "2\tingress-nginx\t203.0.113.7\t5\n");
}

TEST_CASE("ban scan: the parts of a container's line are put together") {
  const std::string line = kAccess;
  const auto ran = scan("2026-11-22T18:36:18.1Z stdout P " + line.substr(0, 40) + "\n" +
                        "2026-11-22T18:36:18.1Z stderr F x\n" + "2026-11-22T18:36:18.2Z stdout F " +
                        line.substr(40) + "\n");
  CHECK(ran.out == "3\tingress-nginx\t203.0.113.7\t5\n");
}

TEST_CASE("ban scan: an operator's jail sees every message, and the line that it stands in") {
  const test::TempDir folder;
  std::ofstream(folder / "node.toml") << test::sample() << R"(
[ban]
jails = [
  { name = "mail", unit = "postfix.service", pattern = '^bad (?P<addr>\S+)$', weight = 4 },
  { name = "tag", file = "/var/log/mail.log", pattern = 'postfix.*bad (?P<addr>\S+)$' },
  { name = "off", file = "/var/log/mail.log", pattern = '(?P<addr>\S+)$', enabled = false },
]
)";
  const auto ran = scan(syslog("postfix", "bad 203.0.113.7") + "bad 203.0.113.7\n",
                        {.config = folder / "node.toml"});
  CHECK(ran.err == "");
  CHECK(ran.out ==
        "1\tmail\t203.0.113.7\t4\n"
        "1\ttag\t203.0.113.7\t1\n"
        "2\tmail\t203.0.113.7\t4\n");
}

TEST_CASE("ban scan: a configuration that is not valid is refused with its problems") {
  const test::TempDir folder;
  std::ofstream(folder / "node.toml") << "schema = 7\n";
  const auto ran = scan("", {.config = folder / "node.toml"});
  CHECK(ran.status == 1);
  CHECK(ran.err.contains("node.toml:1:10: "));
  CHECK(ran.err.ends_with("node.toml\" is not valid\n"));
}

TEST_CASE("ban scan: an unknown jail and an unreadable file are errors with the way out") {
  const auto jail = scan("", {.jail = "ssh"});
  CHECK(jail.status == 1);
  CHECK(jail.out == "");
  CHECK(jail.err ==
        "kgnode ban scan: no jail \"ssh\"; there are: sshd, ingress-nginx, kube-apiserver, "
        "k3s-supervisor\n");
  const auto file = scan("", {.file = "/nowhere"});
  CHECK(file.status == 1);
  CHECK(file.err == "kgnode ban scan: open \"/nowhere\": No such file or directory\n");
}

TEST_CASE("ban scan: a line without an end is cut, and that is said") {
  const auto ran = scan(std::string(2U << 20U, 'x') + "\n" + kGuess + "\n");
  CHECK(ran.status == 0);
  CHECK(ran.out == "2\tsshd\t203.0.113.7\t2\n");
  CHECK(ran.err == "kgnode ban scan: 1 lines longer than 1048576 bytes were cut\n");
}
