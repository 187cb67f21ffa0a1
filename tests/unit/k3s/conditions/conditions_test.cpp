/// Which conditions a Node has from what its checks say.
#include "k3s/conditions/conditions.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"

using namespace kgnode;
using core::Finding;
using core::FindingKind;
using k3s::NodeCondition;

namespace {

Finding check(std::string id, FindingKind kind = FindingKind::pass, std::string text = "seen") {
  return {.id = std::move(id), .kind = kind, .text = std::move(text), .remedy = {}};
}

NodeCondition find(const std::vector<NodeCondition>& all, std::string_view type) {
  const auto found = std::ranges::find(all, type, &NodeCondition::type);
  return found == all.end() ? NodeCondition{} : *found;
}

/// Of a node that is ready and has these checks.
NodeCondition told(std::string_view type, std::vector<Finding> checks) {
  return find(k3s::node_conditions(checks, "ready", ""), type);
}

}  // namespace

TEST_CASE("k3s conditions: each check is the problem of one subject, with a reason of its own") {
  struct Row {
    std::string_view check;
    std::string_view type;
    std::string_view reason;
  };
  constexpr auto rows = std::to_array<Row>({
      {"health.space./var", "StorageProblem", "SpaceLow"},
      {"storage.read_only", "StorageProblem", "FilesystemReadOnly"},
      {"health.writable./var", "StorageProblem", "FilesystemReadOnly"},
      {"storage.file_system_errors.sdb1", "StorageProblem", "FilesystemCorrupt"},
      {"storage.in_sync", "StorageProblem", "DataDiskNotReady"},
      {"storage.smart.sdb", "HardwareProblem", "DriveFailing"},
      {"health.temperature", "HardwareProblem", "TooHot"},
      {"health.kernel", "KernelProblem", "KernelTainted"},
      {"health.oom", "KernelProblem", "OutOfMemory"},
      {"health.pressure.io", "ResourceProblem", "PressureHigh"},
      {"health.memory", "ResourceProblem", "MemoryLow"},
      {"health.interface", "NetworkProblem", "InterfaceDown"},
      {"health.interface.errors", "NetworkProblem", "PacketErrors"},
      {"health.clock", "ClockProblem", "ClockUnsynchronized"},
      {"health.clock.jump", "ClockProblem", "ClockJumped"},
      {"health.units", "ServiceProblem", "UnitFailed"},
      {"firewall.in_sync", "HardeningProblem", "FirewallNotInForce"},
      {"sysctl.in_sync", "HardeningProblem", "NotAsConfigured"},
      {"k3s.snapshot.newest", "SnapshotProblem", "SnapshotStale"},
      {"k3s.snapshot.etcd-snapshot-cp-1-1700000000", "SnapshotProblem", "SnapshotDamaged"},
      {"k3s.certificates", "CertificateProblem", "CertificateExpiring"},
  });
  for (const auto& row : rows) {
    CAPTURE(row.check);
    const std::string id(row.check);
    CHECK(told(row.type, {check(id, FindingKind::gap, "it is so")}) ==
          NodeCondition{.type = std::string(row.type),
                        .status = "True",
                        .reason = std::string(row.reason),
                        .message = id + ": it is so",
                        .causes = id});
    const auto fine = told(row.type, {check(id)});
    CHECK(fine.status == "False");
    CHECK(fine.reason == "No" + std::string(row.type));
    CHECK(fine.causes.empty());
    CHECK(told(row.type, {check(id, FindingKind::unknown)}).status == "Unknown");
    CHECK(k3s::is_ours(row.type));
  }
}

TEST_CASE("k3s conditions: what could not be told is never fine") {
  const auto one =
      told("StorageProblem",
           {check("health.space./"), check("health.space./var", FindingKind::unknown, "EIO")});
  CHECK(one == NodeCondition{.type = "StorageProblem",
                             .status = "Unknown",
                             .reason = "StorageUnknown",
                             .message = "health.space./var: EIO",
                             .causes = "health.space./var"});
}

TEST_CASE("k3s conditions: a problem is told beside what is unknown, the gravest first") {
  const auto one = told("StorageProblem", {check("health.space./var", FindingKind::gap, "97 %"),
                                           check("storage.health", FindingKind::unknown),
                                           check("storage.read_only", FindingKind::gap, "ro")});
  CHECK(one.status == "True");
  CHECK(one.reason == "FilesystemReadOnly");
  CHECK(one.message == "storage.read_only: ro; health.space./var: 97 %");
  CHECK(one.causes == "storage.read_only health.space./var");
}

TEST_CASE("k3s conditions: a subject that nobody looks at here has none") {
  const auto all = k3s::node_conditions(
      std::vector{check("health.clock", FindingKind::not_applicable), check("health.units"),
                  check("k3s.snapshot.token", FindingKind::gap), check("longhorn.iscsid")},
      "ready", "");
  REQUIRE(all.size() == 2);
  CHECK(all[0].type == "NodeDegraded");
  CHECK(all[1].type == "ServiceProblem");
}

TEST_CASE("k3s conditions: the phase is one") {
  const auto of = [](std::string_view phase, std::string_view why) {
    return find(k3s::node_conditions({}, phase, why), "NodeDegraded");
  };
  CHECK(of("ready", "") == NodeCondition{.type = "NodeDegraded",
                                         .status = "False",
                                         .reason = "PhaseReady",
                                         .message = "the phase is ready",
                                         .causes = {}});
  CHECK(of("degraded", "ssh: no").status == "True");
  CHECK(of("degraded", "ssh: no").message == "the phase is degraded: ssh: no");
  CHECK(of("maintenance", "x").status == "True");
  CHECK(of("joining", "x").status == "Unknown");
  CHECK(of("storage-ready", "").reason == "PhaseStorageReady");
}

TEST_CASE("k3s conditions: messages are one printable line of a bounded length") {
  std::vector<Finding> many;
  for (int i = 0; i < 100; ++i) {
    many.push_back(
        check("health.space./" + std::to_string(i), FindingKind::gap, "ä\n\x1b[31mfull"));
  }
  const auto one = told("StorageProblem", many);
  CHECK(one.message.size() <= k3s::kMessageLimit);
  CHECK(one.message.ends_with("…"));
  CHECK_FALSE(one.message.contains('\n'));
  CHECK_FALSE(one.message.contains('\x1b'));
}

TEST_CASE("k3s conditions: those of others are not ours") {
  for (const auto* type :
       {"Ready", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable",
        "EtcdIsVoter", "KernelDeadlock", "ReadonlyFilesystem", ""}) {
    CAPTURE(type);
    CHECK_FALSE(k3s::is_ours(type));
  }
}

TEST_CASE("k3s conditions: a stopped agent makes all that it told unknown") {
  const auto told = k3s::node_conditions(std::vector{check("health.units")}, "ready", "");
  const auto stopped = k3s::stopped_conditions(told);
  REQUIRE(stopped.size() == told.size());
  for (const auto& one : stopped) {
    CHECK(one.status == "Unknown");
    CHECK(one.reason == k3s::kStopped);
  }
}
