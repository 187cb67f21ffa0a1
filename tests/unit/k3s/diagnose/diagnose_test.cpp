#include "k3s/diagnose/diagnose.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::k3s;

namespace {

constexpr auto kServer =
    "time=\"2026-01-01\" level=info msg=\"Starting k3s v1.34.3+k3s1 (48ffa7b6)\"";
constexpr auto kAgent = "level=info msg=\"Starting k3s agent v1.34.3+k3s1 (48ffa7b6)\"";
constexpr auto kUp = "level=info msg=\"k3s is up and running\"";

Diagnosis diagnose(const std::vector<std::string>& lines) {
  auto diagnoser = Diagnoser::make();
  REQUIRE(diagnoser);
  for (const auto& line : lines) diagnoser->add(line);
  return diagnoser->diagnose();
}

std::string agent_wait(const std::string& rest) {
  return "level=info msg=\"Waiting to retrieve agent configuration; server is not ready: failed to "
         "retrieve configuration from server: https://127.0.0.1:6444/v1-k3s/config: " +
         rest + "\"";
}

}  // namespace

TEST_CASE("k3s diagnose: what decides is inside what it is wrapped in", "[k3s]") {
  const struct {
    const char* cause;
    std::vector<std::string> lines;
  } rows[] = {
      {"AUTH_401_BOOTSTRAP",
       {kServer,
        "level=warning msg=\"Skipping cluster configuration validation: 401 Unauthorized\"",
        "level=fatal msg=\"Error: preparing server: failed to bootstrap cluster data: failed to "
        "check if bootstrap data has been initialized: failed to validate token: "
        "https://10.0.0.11:6443/v1-k3s/server-bootstrap: 401 Unauthorized\""}},
      {"TOK_HASH_MISMATCH",
       {kServer,
        "level=fatal msg=\"Error: preparing server: failed to validate token: token CA hash does "
        "not match the Cluster CA certificate hash: aa != bb\""}},
      {"CACERTS_REFUSED",
       {kAgent,
        "level=error msg=\"Failed to validate connection to cluster at https://10.0.0.11:6443: "
        "failed to get CA certs: Get \\\"https://127.0.0.1:6444/cacerts\\\": dial tcp "
        "127.0.0.1:6444: connect: connection refused\""}},
      {"X509_SAN",
       {kAgent,
        "level=error msg=\"Failed to validate connection to cluster at https://vip:6443: CA cert "
        "validation failed: Get \\\"https://vip:6443/cacerts\\\": x509: certificate is valid for "
        "10.0.0.11, not vip\""}},
      {"AUTH_401_AGENT", {kAgent, agent_wait("401 Unauthorized"), agent_wait("401 Unauthorized")}},
      {"NODE_PW_REJECTED",
       {kAgent,
        "level=error msg=\"Node password rejected, duplicate hostname or contents of "
        "'/etc/rancher/node/password' may not match server node-passwd entry, try enabling a "
        "unique node name with the --with-node-id flag\""}},
      {"HOST_KERNEL_FLAG",
       {kServer,
        "level=error msg=\"Shutdown request received: \\\"kubelet exited: invalid kernel flag: "
        "vm/overcommit_memory, expected value: 1, actual value: 0\\\"\""}},
      {"CMP_ADMISSION",
       {kServer,
        "level=error msg=\"Shutdown request received: \\\"apiserver exited: couldn't init "
        "admission plugin \\\\\\\"EventRateLimit\\\\\\\": limits: Invalid value: null: must not be "
        "empty\\\"\""}},
      {"HOST_CG_V2", {kAgent, "level=fatal msg=\"Error: failed to find memory cgroup (v2)\""}},
      {"CFG_UNKNOWN_FATAL",
       {kAgent, "level=fatal msg=\"Error: flag provided but not defined: -cluster-init\""}},
      {"ETCDJ_DAMAGED",
       {kServer,
        "level=error msg=\"Shutdown request received: \\\"etcd exited: unexpected EOF: [wal] max "
        "entry "
        "size limit exceeded when decoding\\\"\""}},
      {"SQLITE_ALONE",
       {kServer,
        "level=info msg=\"Configuring sqlite3 database connection pooling: maxIdleConns=2\""}},
  };
  for (const auto& row : rows) {
    const auto found = diagnose(row.lines);
    CAPTURE(row.cause);
    CHECK(found.cause == row.cause);
    CHECK(found.state == State::failed);
    CHECK(found.remedy.size() > 3);
    CHECK(row.lines.back().contains(found.evidence.substr(0, 20)));
  }
}

TEST_CASE("k3s diagnose: an end that only says that etcd ended yields to why", "[k3s]") {
  const std::string why =
      R"({"level":"fatal","msg":"failed to read WAL, cannot be repaired","error":"EOF"})";
  const std::string end = "level=error msg=\"Shutdown request received: \\\"etcd exited: EOF\\\"\"";
  CHECK(diagnose({kServer, why, end}).cause == "ETCDJ_DAMAGED");
  CHECK(diagnose({kServer, why, end}).state == State::failed);
  CHECK(diagnose({kServer, end}).cause == "ETCD_EXIT");
  CHECK(diagnose({kServer, why, kServer, end}).cause == "ETCD_EXIT");
}

TEST_CASE("k3s diagnose: only what came since the last start counts", "[k3s]") {
  const std::string broken = "level=fatal msg=\"Error: token must not be empty\"";
  CHECK(diagnose({kServer, broken}).cause == "TOK_EMPTY");
  CHECK(diagnose({kServer, broken, kServer, kUp}).state == State::running);
  CHECK(diagnose({kServer, kUp, broken}).cause == "TOK_EMPTY");
  CHECK(diagnose({kServer, broken, kServer}).state == State::waiting);
}

TEST_CASE("k3s diagnose: an orderly stop is none of its faults", "[k3s]") {
  CHECK(diagnose({kServer, kUp, "level=fatal msg=\"server stopped: http: Server closed\""}).state ==
        State::stopped);
  CHECK(diagnose({kAgent, "level=fatal msg=\"context canceled\""}).state == State::stopped);
}

TEST_CASE("k3s diagnose: a reset of the cluster that worked is no error", "[k3s]") {
  const auto found = diagnose(
      {kServer,
       "level=error msg=\"Shutdown request received: \\\"Managed etcd cluster membership has been "
       "reset, restart without --cluster-reset flag now. Backup and delete ${datadir}/server/db on "
       "each peer etcd server and rejoin the nodes\\\"\""});
  CHECK(found.state == State::running);
  CHECK(found.cause == "RESET_OK");
}

TEST_CASE("k3s diagnose: progress is waited for, and an empty log says nothing", "[k3s]") {
  const auto waits =
      diagnose({kServer,
                "level=info msg=\"Waiting for other members to finish joining etcd cluster: "
                "etcdserver: too many learner members in cluster\""});
  CHECK(waits.state == State::waiting);
  CHECK(waits.cause == "ETCD_LEARNER_WAIT");
  CHECK(diagnose({}).state == State::unknown);
  CHECK(diagnose({"something else"}).state == State::unknown);
}

TEST_CASE("k3s diagnose: lines are hostile", "[k3s]") {
  const auto found = diagnose({std::string(100'000, 'x'), "\x1b[31m", std::string("\0\0", 2),
                               "level=fatal msg=\"Error: token must not be empty\" \x1b[2J"});
  CHECK(found.cause == "TOK_EMPTY");
  CHECK_FALSE(found.evidence.contains('\x1b'));
}
