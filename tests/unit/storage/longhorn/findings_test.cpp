/// Each item of the preflight, broken one at a time.
#include <algorithm>
#include <functional>

#include "storage/longhorn/longhorn.hpp"
#include "tests/support/catch.hpp"

using kgnode::core::FindingKind;
using kgnode::storage::Longhorn;
using kgnode::sys::Reservation;

namespace {

const Longhorn::Desired kWanted{.wanted = true, .node = "worker-1"};

Longhorn::Observed healthy() {
  return {.initiator_file = "InitiatorName=iqn.1993-08.org.debian:01:0123456789ab\n",
          .units = {{"iscsid.service", "active"}, {"multipathd.service", "not-found"}},
          .release = "6.12.57+deb13-cloud-amd64",
          .loaded = {"iscsi_tcp", "nfs", "dm_crypt"},
          .kernel_nfs = {{{"CONFIG_NFS_V4", 'm'}}},
          .packages = {{"nfs-common", "open-iscsi", "cryptsetup", "dmsetup"}},
          .propagation = "shared",
          .mount = "rw,nosuid,nodev,noatime",
          .reservation = {.state = Reservation::State::none, .device = "sdb"}};
}

struct Row {
  std::string id;
  FindingKind kind;
  std::function<void(Longhorn::Observed&)> change;
};

constexpr auto kGap = FindingKind::gap;
constexpr auto kUnknown = FindingKind::unknown;
constexpr auto kPass = FindingKind::pass;

std::function<void(Longhorn::Observed&)> release(std::string text) {
  return [text](auto& have) { have.release = text; };
}

std::function<void(Longhorn::Observed&)> reserved(Reservation::State state) {
  return [state](auto& have) { have.reservation.state = state; };
}

const Row kRows[] = {
    {"iscsi_initiator", kGap, [](auto& have) { have.initiator_file = "GenerateName=yes\n"; }},
    {"iscsid", kGap, [](auto& have) { have.units["iscsid.service"] = "failed"; }},
    {"iscsid", kGap, [](auto& have) { have.units.clear(); }},
    {"iscsid", kPass, [](auto& have) { have.units = {{"iscsid.socket", "active"}}; }},
    {"module.iscsi_tcp", kGap, [](auto& have) { have.loaded.erase("iscsi_tcp"); }},
    {"module.nfs", kGap, [](auto& have) { have.loaded.erase("nfs"); }},
    {"module.dm_crypt", kGap, [](auto& have) { have.loaded.erase("dm_crypt"); }},
    {"module.dm_crypt", kPass, [](auto& have) { std::swap(have.loaded, have.builtin); }},
    {"nfs_kernel", kUnknown, [](auto& have) { have.kernel_nfs.reset(); }},
    {"nfs_kernel", kGap, [](auto& have) { have.kernel_nfs->clear(); }},
    {"nfs_kernel", kGap, [](auto& have) { have.loaded.erase("nfs"); }},
    {"nfs_version", kGap, [](auto& have) { have.nfs_versions = {{"/etc/nfsmount.conf", "3"}}; }},
    {"nfs_version", kPass, [](auto& have) { have.nfs_versions = {{"/etc/nfsmount.conf", "4.2"}}; }},
    {"programs", kGap, [](auto& have) { have.missing_programs = {"curl"}; }},
    {"mount_propagation", kGap, [](auto& have) { have.propagation = "private"; }},
    {"mount_propagation", kUnknown, [](auto& have) { have.propagation.reset(); }},
    {"data_path", kGap, [](auto& have) { have.mount = "rw,noexec"; }},
    {"data_path", kGap, [](auto& have) { have.mount = "ro,nodev"; }},
    {"data_path", kUnknown, [](auto& have) { have.mount.reset(); }},
    {"multipath", kGap, [](auto& have) { have.units["multipathd.service"] = "active"; }},
    {"kernel", kGap, release("5.7.19")},
    {"kernel", kGap, release("5.15.0-94-generic")},
    {"kernel", kPass, release("5.15.0-100-generic")},
    {"kernel", kGap, release("6.5.6")},
    {"kernel", kPass, release("6.5.7")},
    {"kernel", kPass, release("5.8")},
    {"kernel", kUnknown, release("")},
    {"package.nfs-common", kGap, [](auto& have) { have.packages->erase("nfs-common"); }},
    {"package.dmsetup", kGap, [](auto& have) { have.packages.reset(); }},
    {"reservation", kGap, reserved(Reservation::State::held)},
    {"reservation", kUnknown, reserved(Reservation::State::unknown)},
    {"reservation", kPass, reserved(Reservation::State::unsupported)},
};

}  // namespace

TEST_CASE("longhorn findings: a healthy host passes everything, with evidence", "[longhorn]") {
  const auto all = Longhorn::findings(kWanted, healthy());
  CHECK(all.size() == 17);
  for (const auto& finding : all) {
    CAPTURE(finding.id, finding.text);
    CHECK(finding.kind == kPass);
    CHECK(finding.text.size() > 3);
  }
}

TEST_CASE("longhorn findings: each item that is broken is told, with a remedy", "[longhorn]") {
  for (const auto& row : kRows) {
    auto have = healthy();
    row.change(have);
    const auto all = Longhorn::findings(kWanted, have);
    CAPTURE(row.id);
    const auto found = std::ranges::find(all, "longhorn." + row.id, &kgnode::core::Finding::id);
    REQUIRE(found != all.end());
    CAPTURE(found->text);
    CHECK(found->kind == row.kind);
    CHECK(found->remedy.empty() == (row.kind == kPass));
  }
}
