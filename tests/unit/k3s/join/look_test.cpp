/// What K3s's servers and the API show.
#include "k3s/join/look.hpp"

#include "k3s/join/ask.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;

namespace {
constexpr auto kNode = R"({"metadata": {"name": "worker-1", "annotations":
  {"node.longhorn.io/default-disks-config": "[{\"path\":\"/mnt\"}]", "a": 1}},
  "status": {"nodeInfo": {"kubeletVersion": "v1.34.3+k3s1"}, "conditions": [
    {"type": "MemoryPressure", "status": "True"},
    {"type": "EtcdIsVoter", "status": "False"},
    {"type": "Ready", "status": "False", "message": "cni config\nuninitialized"}]}})";
}  // namespace

TEST_CASE("look: a node as the API shows it") {
  const auto node = k3s::parse_node(kNode);
  REQUIRE(node);
  CHECK(node->answered);
  CHECK_FALSE(node->ready);
  CHECK(node->voter == false);
  CHECK(node->version == "v1.34.3+k3s1");
  CHECK(node->text.find('\n') == std::string::npos);
  CHECK(node->default_disks == R"([{"path":"/mnt"}])");
}

TEST_CASE("look: what is no node") {
  for (const auto* text : {"", "{", "[]", "{}", R"({"status": {"conditions": {}}})", "null"})
    CHECK_FALSE(k3s::parse_node(text));
  const auto bare = k3s::parse_node(R"({"status": {"conditions": [1, null, {}]}})");
  REQUIRE(bare);
  CHECK_FALSE(bare->ready);
  CHECK_FALSE(bare->default_disks);
}

TEST_CASE("look: members of etcd") {
  const auto members = k3s::parse_members(
      R"({"members": [{"name": "cp-1-1a2b3c4d"}, {"name": "", "isLearner": true}]})");
  REQUIRE(members);
  CHECK(*members == std::vector<k3s::Member>{{"cp-1-1a2b3c4d", false}, {"", true}});
  for (const auto* text : {"", "{}", R"({"members": [1]})", R"({"members": 1})"})
    CHECK_FALSE(k3s::parse_members(text));
}

TEST_CASE("look: request and report are read as they were written") {
  const k3s::LookRequest request{.node = "cp-1",
                                 .address = *parse_address("10.0.0.11"),
                                 .servers = {*parse_address("10.0.0.11")},
                                 .server = true,
                                 .read_log = true,
                                 .default_disks = "[\"a\"]"};
  CHECK(k3s::parse_look_request(to_text(request)).value() == request);
  k3s::LookReport report;
  report.node = k3s::parse_node(kNode);
  report.log = k3s::LogSeen{.cause = "a", .evidence = "b", .meaning = "c", .remedy = "d"};
  report.peers = k3s::Peers{.answered = true,
                            .nodes = {{.name = "cp-2", .ready = true, .version = "v1"}},
                            .members = {{"cp-2-1a2b3c4d", false}}};
  report.servers = {{.address = *parse_address("10.0.0.12"),
                     .contact = k3s::Contact::wrong_clock,
                     .clock = -90,
                     .members = {{"cp-2-1a2b3c4d", true}}}};
  CHECK(k3s::parse_look_report(to_text(report)).value() == report);
  CHECK_FALSE(k3s::parse_look_report("{}"));
}

TEST_CASE("look: secrets and what is sent are not among curl's arguments") {
  const auto command = k3s::make_curl({.url = "https://127.0.0.1:6443/",
                                       .user = "server:a\"b\\c",
                                       .method = "PATCH",
                                       .body = k3s::annotation_patch("name", "a \"value\"")});
  for (const auto& word : command.argv) {
    CHECK_FALSE(word.contains("server:"));
    CHECK_FALSE(word.contains("annotations"));
  }
  CHECK(command.input.contains(R"(user = "server:a\"b\\c")"));
  CHECK(command.input.contains(
      R"(data-binary = "{\"metadata\":{\"annotations\":{\"name\":\"a \\\"value\\\"\"}}}")"));
}
