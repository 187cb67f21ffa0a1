/// What the dashboard shows, from the agent's answers.
#include "agent/dashboard/model.hpp"

#include "agent/dashboard/plain.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/agent/dashboard/answers.hpp"

using namespace kgnode::dashboard;
using boost::json::parse;

TEST_CASE("dashboard model: of a node in a cluster") {
  const auto model = make_model(test::make_answers());
  CHECK(model.name == "cp-1");
  CHECK(model.phase == "ready");
  CHECK(model.reason.empty());
  CHECK(model.phases.back() == Phase{.name = "ready", .seconds = 61.4});
  REQUIRE(model.domains.size() == 10);
  CHECK(model.domains[3].trouble == "this kernel has no kernel.io_uring_disabled (and 1 more)");
  REQUIRE(model.nodes.size() == 7);
  CHECK(model.nodes[0].round_trip == "-");
  CHECK(model.nodes[1].name == "worker-1");  // degraded
  CHECK(model.nodes[2].name == "worker-3");  // gone
  CHECK(model.nodes[3].loss == "20 %");
  CHECK(model.nodes[4].name == "10.0.0.24");
  CHECK(model.nodes[5].round_trip == "0.4 ms");
  CHECK(model.bans_in_force == "15");
  REQUIRE(model.bans_each_minute.size() == 60);
  CHECK_FALSE(model.bans_each_minute[0]);
  CHECK(model.bans_each_minute[48] == 9);
  REQUIRE(model.gauges.size() == 4);
  CHECK(model.gauges[0].share == 0.875);
  CHECK(model.gauges[0].text == "35.0 GiB of 40.0 GiB");
  CHECK(model.gauges[3].name == "processors");
  CHECK(model.watts == "~7.3 W");
  CHECK(model.log.size() == 7);
  CHECK(model.log[5].what == "sysctl: set net.ipv4.tcp_rfc1337 (EPERM)");
  CHECK(model.log[6].actor == "ops");
  CHECK(model.log[6].time == "08:59:07");
}

TEST_CASE("dashboard model: nothing that came from outside steers the terminal") {
  const std::string bell = R"("\u001b]0;owned\u0007\u009b2J\u202e\n\u001b[2J")";
  std::string shape =
      R"({"node":{"name":X,"role":X,"environment":X,"version":X},"phase":X,"reason":X,)"
      R"("domains":[{"name":X,"phase":X,"error":X,"heals":X}],"bans":{"jails":[{"name":X}]},)"
      R"("nodes":[{"name":X,"role":X,"address":X,"state":X,"phase":X,"version":X,"why":X}],)"
      R"("trouble":X,"stage":X,"why":X,"remedy":X,"entries":[{"time":X,"actor":{"kind":"p","name":X},)"
      R"("domain":X,"text":X,"error":X,"outcome":X}],"drops":[{"rule":X,"packets":X}],)"
      R"("readings":{"spaces":[{"mount":X,"total":2,"free":1}]},"pending":{"seconds_left":X},)"
      R"("history":{"minutes_each":1,"buckets":[]}})";
  for (auto at = shape.find('X'); at != std::string::npos; at = shape.find('X', at + bell.size()))
    shape.replace(at, 1, bell);
  const auto hostile = parse(shape);
  const auto model = make_model({hostile, hostile, hostile, hostile, hostile, "\x1b[2J\x07"});
  std::string all = model.silence + model.name + model.role + model.environment + model.version +
                    model.phase + model.reason + model.pending + model.beacons + model.k3s_stage +
                    model.k3s_why + model.k3s_remedy;
  for (const auto& domain : model.domains)
    all += domain.name + domain.condition + domain.heals + domain.trouble;
  for (const auto& node : model.nodes)
    all += node.name + node.role + node.address + node.state + node.phase + node.version + node.why;
  for (const auto& jail : model.jails) all += jail.name;
  for (const auto& [rule, packets] : model.drops) all += rule + packets;
  for (const auto& gauge : model.gauges) all += gauge.name + gauge.text;
  for (const auto& line : model.log) all += line.time + line.actor + line.what + line.outcome;
  REQUIRE(all.contains("owned"));
  for (const auto* bad : {"\x1b", "\a", "\n", "\xc2\x9b", "\xe2\x80\xae"})
    CHECK_FALSE(all.contains(bad));
}

TEST_CASE("dashboard model: an answer of another shape reads as absent") {
  for (const auto* shape : {"null", "[]", "{}", R"({"nodes":1,"domains":{},"history":"x"})"}) {
    const auto value = parse(shape);
    const auto model = make_model({value, value, value, value, value, {}});
    CHECK(model.nodes.empty());
    CHECK(model.domains.empty());
    CHECK(model.bans_each_minute.empty());
  }
}

TEST_CASE("dashboard model: sizes have three digits that matter") {
  CHECK(show_bytes(0) == "0 B");
  CHECK(show_bytes(1023) == "1023 B");
  CHECK(show_bytes(1536) == "1.5 KiB");
  CHECK(show_bytes(200.0 * (1 << 30)) == "200 GiB");
}

TEST_CASE("dashboard in plain: a text is news when more than numbers have changed") {
  Plain plain;
  CHECK(plain.news("silent for 42 s") == "silent for 42 s");
  CHECK_FALSE(plain.news("silent for 43 s"));
  CHECK(plain.news("alive") == "alive");
}
