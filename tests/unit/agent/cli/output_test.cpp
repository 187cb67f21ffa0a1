/// What the command line prints.
#include "agent/cli/output.hpp"

#include <algorithm>
#include <string>

#include <boost/json.hpp>

#include "agent/api/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_node.hpp"
#include "tests/support/golden.hpp"

using namespace kgnode;
using boost::json::parse;

namespace {

constexpr std::string_view kEntry = R"({"seq":4,"time":"2026-03-01T09:00:07.000001Z","boot":null,
  "actor":{"kind":"peer","uid":1000,"gid":1000,"pid":77,"name":"ops"},"event":"apply",
  "domain":null,"text":"apply node.toml","before":null,"after":null,"outcome":"refused",
  "error":"would cut off 203.0.113.7"})";

api::Status make_full_status() {
  api::Status status = test::FakeNode().status();
  status.phase = "degraded";
  status.reason = "ssh: sshd -t refused the configuration";
  status.pending = api::Pending{test::at_second(120), std::chrono::seconds(95), 1000};
  core::Condition ssh{.domain = "ssh", .phase = core::Phase::failed, .error = "sshd -t: exit 255"};
  status.domains.push_back({ssh, test::at_second(6), test::at_second(2), 3});
  status.peers =
      parse(R"({"known":5,"alive":2,"suspect":0,"gone":2,"unheard":1,"trouble":null,"silent":[)"
            R"({"name":"worker-2","address":"10.0.0.22","state":"gone","why":"silent for 42s"},)"
            R"({"name":null,"address":"10.0.0.13","state":"unheard","why":"never heard"}]})");
  status.bans = parse(
      R"({"in_force":{"ipv4":12,"ipv6":3,"networks":1,"listed":4000},"since_start":15,)"
      R"("last":{"source":"203.0.113.7","jail":"sshd","since":"2026-03-01T09:00:03.000001Z"},)"
      R"("jails":[{"name":"sshd","lines":900,"hits":70,"harmless":780,"unknown":0,"bans":15}]})");
  status.first_boot = parse(
      R"({"source":{"kind":"config drive","place":"/dev/sr0"},"values":[{"name":"node.name","value":"cp-1","from":"user-data"}],)"
      R"("warnings":[{"where":"network_data.json: link \"v1\"","text":"type \"vlan\" is not supported"}],)"
      R"("errors":[{"where":"user_data","text":"/run/kgnode/node.toml.rejected:2:6: no table"}]})");
  status.changes = {parse(kEntry).as_object()};
  return status;
}

}  // namespace

TEST_CASE("cli output: the status of a node with everything to say") {
  test::check_golden("api/status.txt", cli::render_status(api::to_json(make_full_status())));
}

TEST_CASE("cli output: the status in colour, in the same columns") {
  test::check_golden("api/status-color.txt",
                     cli::render_status(api::to_json(make_full_status()), cli::Paint(true)));
}

TEST_CASE("cli output: a node that is well fits a screen of 24 lines") {
  auto status = make_full_status();
  status.phase = "ready";
  status.reason.clear();
  status.pending.reset();
  status.peers = parse(R"({"known":5,"alive":5,"suspect":0,"gone":0,"unheard":0,"silent":[]})");
  status.domains.clear();
  for (const auto* name : {"firewall", "ban", "modules", "sysctl", "ssh", "storage", "longhorn",
                           "k3s", "image", "health"})
    status.domains.push_back({{.domain = name, .phase = core::Phase::in_sync},
                              test::at_second(6),
                              test::at_second(2),
                              0});
  status.domains[3].heals = 2;
  status.changes.assign(10, parse(kEntry).as_object());
  for (int i = 0; i < 20; ++i)
    status.first_boot.at("values").as_array().push_back({{"name", "x"}, {"value", "y"}});
  status.first_boot.as_object().erase("errors");
  const auto text = cli::render_status(api::to_json(status));
  INFO(text);
  CHECK(std::ranges::count(text, '\n') <= 24);
}

TEST_CASE("cli output: colours on a terminal only, and not for who does not want them") {
  CHECK(cli::wants_color(true, nullptr, "xterm"));
  CHECK(cli::wants_color(true, "", "linux"));
  CHECK_FALSE(cli::wants_color(false, nullptr, "xterm"));
  CHECK_FALSE(cli::wants_color(true, "1", "xterm"));
  CHECK_FALSE(cli::wants_color(true, nullptr, "dumb"));
  CHECK_FALSE(cli::wants_color(true, nullptr, nullptr));
}

TEST_CASE("cli output: the status as the API has it") {
  test::check_golden("api/status.json", cli::render_json(api::to_json(make_full_status())));
}

TEST_CASE("cli output: a plan is a diff by domain") {
  core::Condition firewall{.domain = "firewall", .phase = core::Phase::pending};
  firewall.steps = {{"replace table inet kgnode", "a\nb\n", "a\nc\n", core::Risk::lockout},
                    {"remove file /etc/x", "old", "", core::Risk::none}};
  const std::vector plan{test::make_condition(), firewall, core::Condition{.domain = "ssh"}};
  const auto json = api::make_plan_json(plan);
  CHECK(cli::has_changes(json));
  test::check_golden("api/plan.txt", cli::render_plan(json));
}

TEST_CASE("cli output: a plan without steps says that there is nothing to do") {
  const std::vector plan{core::Condition{.domain = "ssh", .phase = core::Phase::in_sync}};
  const auto json = api::make_plan_json(plan);
  CHECK_FALSE(cli::has_changes(json));
  CHECK(cli::render_plan(json) == "nothing to do\n");
}

TEST_CASE("cli output: the log is a table, an empty one says so") {
  boost::json::value log = {{"entries", boost::json::array{parse(kEntry)}}};
  test::check_golden("api/log.txt", cli::render_log(log));
  CHECK(cli::render_log(parse(R"({"entries":[]})")) == "no entry\n");
}

TEST_CASE("cli output: the log is whole, or where it breaks") {
  core::LogReport report{.entries = 3, .last = {3, "abc"}};
  CHECK(cli::render_log_report(api::to_json(report)) == "whole: 3 entries, last 3 abc\n");
  report.first_break = core::LogBreak{core::BreakKind::edited, "operations.log", 4, "not entry 4"};
  CHECK(cli::render_log_report(api::to_json(report)) ==
        "edited: operations.log:4: not entry 4\ngood until there: 3 entries, last 3 abc\n");
}

TEST_CASE("cli output: an error has its diagnostics, one a line") {
  const auto answer = parse(R"({"error":{"status":422,"message":"not valid","detail":
    {"diagnostics":[{"file":"n.toml","line":2,"column":5,"message":"unknown key \"a\""}]}}})");
  CHECK(cli::render_error(answer) == "not valid\nn.toml:2:5: unknown key \"a\"\n");
}

TEST_CASE("cli output: an explanation starts with the verdict") {
  CHECK(cli::render_explanation(parse(R"({"verdict":"drop","text":"by rule 7"})")) ==
        "drop by rule 7\n");
}

TEST_CASE("cli output: nothing that came from outside steers the terminal") {
  const std::string bell = R"("\u001b]0;owned\u0007\u009b2J\u202e")";
  const std::string shapes[] = {
      R"({"node":{"name":X},"phase":X,"reason":X,"first_boot":{"source":X},"changes":[{"text":X}],)"
      R"("domains":[{"name":X,"error":X,"steps":[{"text":X,"before":X,"after":"a\nX"}]}]})",
      R"({"entries":[{"text":X,"error":X,"actor":{"kind":X,"name":X}}],"text":X,"verdict":X,)"
      R"("break":{"file":X,"text":X},"error":{"message":X}})"};
  for (std::string shape : shapes) {
    for (auto at = shape.find('X'); at != std::string::npos; at = shape.find('X')) {
      const bool bare = shape[at - 1] == 'n';  // inside a text already
      shape.replace(at, 1, bare ? bell.substr(1, bell.size() - 2) : bell);
    }
    const auto answer = parse(shape);
    for (auto* render :
         {+[](const boost::json::value& v) { return cli::render_status(v); }, +cli::render_plan,
          cli::render_log, cli::render_log_report, cli::render_firewall, cli::render_explanation,
          cli::render_error, cli::render_applied}) {
      const std::string text = render(answer);
      CHECK_FALSE(text.contains('\x1b'));
      CHECK_FALSE(text.contains('\a'));
      CHECK_FALSE(text.contains("\xc2\x9b"));
      CHECK_FALSE(text.contains("\xe2\x80\xae"));
    }
  }
}

TEST_CASE("cli output: an answer of another shape prints without harm") {
  for (const auto* shape :
       {"{}", "null", "[]", R"({"domains":[1,null],"entries":{},"node":"x"})"}) {
    CHECK_FALSE(cli::render_status(parse(shape)).empty());
    CHECK(cli::render_plan(parse(shape)) == "nothing to do\n");
  }
}

TEST_CASE("cli output: a node of the cluster is one short line, however much is wrong with it") {
  const boost::json::value answer{{"nodes",
                                   {{{"name", "cp-1"},
                                     {"state", "self"},
                                     {"why", std::string(5000, 'x')},
                                     {"phase", "ready"}}}},
                                  {"trouble", nullptr}};
  const auto text = cli::render_cluster(answer);
  CHECK(std::ranges::count(text, '\n') == 2);
  CHECK(text.size() < 500);
  CHECK(text.contains("x…"));
}
