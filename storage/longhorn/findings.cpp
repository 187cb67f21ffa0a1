/// The items of Longhorn's preflight, each with its evidence.
#include <array>
#include <format>

#include "agent/base/text.hpp"
#include "storage/judge.hpp"
#include "storage/longhorn/longhorn.hpp"
#include "storage/longhorn/parse_host.hpp"

namespace kgnode::storage {
namespace {

using core::Finding, core::FindingKind;
using Observed = Longhorn::Observed;

constexpr std::string_view kOwnKernel =
    "boot the image's own kernel; in a container: load it on the host";

Finding pass(std::string id, std::string evidence) {
  return {
      .id = "longhorn." + std::move(id), .kind = FindingKind::pass, .text = std::move(evidence)};
}

Finding miss(std::string id, std::string evidence, std::string remedy) {
  return {
      .id = "longhorn." + std::move(id), .text = std::move(evidence), .remedy = std::move(remedy)};
}

Finding unsure(std::string id, std::string evidence, std::string remedy) {
  return {.id = "longhorn." + std::move(id),
          .kind = FindingKind::unknown,
          .text = std::move(evidence),
          .remedy = std::move(remedy)};
}

std::string state_of(const Observed& have, std::string_view unit) {
  const auto found = have.units.find(unit);
  return found == have.units.end() ? "not-found" : found->second;
}

Finding check_initiator(const Observed& have) {
  if (const auto name = parse_initiator_name(have.initiator_file.value_or("")))
    return pass("iscsi_initiator", *name);
  return miss("iscsi_initiator",
              std::format("{} has no valid InitiatorName", Longhorn::kInitiatorFile),
              "kgnode plan shows what is to be written; kgnode log why it is not");
}

Finding check_daemon(const Observed& have) {
  for (const auto unit : {Longhorn::kDaemon, Longhorn::kSocket}) {
    if (state_of(have, unit) == "active") return pass("iscsid", std::format("{} is active", unit));
  }
  const auto state = state_of(have, Longhorn::kDaemon);
  if (state == "not-found")
    return miss("iscsid", "there is no iscsid.service", "install the package open-iscsi");
  const auto why = have.start_error.empty() ? "" : ", and does not start: " + have.start_error;
  return miss("iscsid", std::format("{} is {}{}", Longhorn::kDaemon, state, why),
              "systemctl status iscsid.service; it needs the module iscsi_tcp");
}

/// Longhorn's tool asks /proc/modules only: what is built in works, and the tool does not see it.
Finding check_module(const Observed& have, const std::string& name, std::string_view purpose) {
  if (have.loaded.contains(name)) return pass("module." + name, "loaded");
  if (have.builtin.contains(name))
    return pass("module." + name, std::format("part of kernel {}", have.release));
  return miss("module." + name, std::format("not loaded, and it is needed for {}", purpose),
              std::format("modprobe {}; {}", name, kOwnKernel));
}

Finding check_nfs_kernel(const Observed& have) {
  if (!have.kernel_nfs) {
    return unsure("nfs_kernel", std::format("there is no /boot/config-{}", have.release),
                  "Longhorn's own check reads it: install the kernel's package with it");
  }
  for (const auto& [key, value] : *have.kernel_nfs) {
    if (value == 'y' || have.loaded.contains("nfs"))
      return pass("nfs_kernel", std::format("{}={}", key, value));
  }
  return miss("nfs_kernel", std::format("kernel {} has no NFS version 4 client", have.release),
              std::string(kOwnKernel));
}

Finding check_nfs_version(const Observed& have) {
  for (const auto& [file, version] : have.nfs_versions) {
    if (is_nfs4(version)) continue;
    return miss("nfs_version",
                std::format("{} makes version {} the default", file, printable(version)),
                "volumes shared by pods are NFS version 4: set Defaultvers=4 there");
  }
  return pass("nfs_version", have.nfs_versions.empty() ? "no default is configured" : "version 4");
}

Finding check_package(const Observed& have, std::string_view name) {
  const auto id = std::format("package.{}", name);
  if (!have.packages)
    return miss(id, "there is no dpkg database",
                "Longhorn's own check asks it: keep /var/lib/dpkg");
  if (have.packages->contains(std::string(name))) return pass(id, "installed");
  return miss(id, "not installed",
              std::format("apt-get install {}, or boot an image that has it", name));
}

Finding check_programs(const Observed& have) {
  if (have.missing_programs.empty())
    return pass("programs", "awk, blkid, curl, dpkg-query, findmnt, grep and lsblk are there");
  return miss("programs", join(have.missing_programs, ", ") + " not in /usr/bin nor /usr/sbin",
              "Longhorn's scripts call them on the host: install them");
}

Finding check_propagation(const Observed& have) {
  if (!have.propagation)
    return unsure("mount_propagation", "the mounts of process 1 could not be read",
                  "kgnode doctor as root");
  if (*have.propagation == "shared") return pass("mount_propagation", "/ is a shared mount");
  return miss("mount_propagation", std::format("/ is a {} mount", *have.propagation),
              "mounts that Longhorn makes do not reach pods: mount --make-rshared /");
}

Finding check_data_path(const Observed& have) {
  if (!have.mount)
    return unsure("data_path", std::format("nothing is mounted at {}", kMountPoint),
                  "kgnode storage list; without storage.disk Longhorn fills the system's disk");
  for (const auto option : split(*have.mount, ',')) {
    if (option != "noexec" && option != "ro") continue;
    return miss("data_path", std::format("{} is mounted {}", kMountPoint, option),
                "Longhorn runs its engines from there: mount it without");
  }
  return pass("data_path", std::format("{} is mounted {}", kMountPoint, *have.mount));
}

Finding check_multipath(const Observed& have) {
  for (const auto unit : {Longhorn::kMultipath, Longhorn::kMultipathSocket}) {
    if (state_of(have, unit) != "active") continue;
    if (have.multipath_file)
      return pass("multipath",
                  std::format("{} leaves Longhorn's devices alone", Longhorn::kMultipathFile));
    return miss("multipath", std::format("{} is active and would take Longhorn's devices", unit),
                "kgnode log tells why its blacklist is not written; or remove multipath-tools");
  }
  return pass("multipath", "multipathd does not run");
}

// Kernels in which Longhorn's volumes hang or lose data, as its documentation names them.
Finding check_kernel(const Observed& have) {
  std::array<unsigned, 4> parts{};  // 5.15.0-94-generic: 5, 15, 0, 94
  std::size_t count = 0;
  std::string number;
  for (const char c : have.release + ".") {
    if (c >= '0' && c <= '9') {
      number += c;
      continue;
    }
    if (number.empty()) break;
    if (count < parts.size()) parts[count++] = parse_int<unsigned>(number).value_or(0);
    number.clear();
    if (c != '.' && c != '-') break;
  }
  const auto& [major, minor, patch, build] = parts;
  if (count < 2)
    return unsure("kernel", std::format("release {} is not understood", quote(have.release)),
                  "uname -r");
  if (major < 5 || (major == 5 && minor < 8))
    return miss("kernel", have.release + " is older than 5.8", std::string(kOwnKernel));
  const bool hangs = (major == 5 && minor == 15 && patch == 0 && build >= 94 && build < 100) ||
                     (major == 6 && minor == 5 && patch == 6);
  if (hangs)
    return miss("kernel", have.release + " is one in which Longhorn's volumes hang",
                "boot another");
  return pass("kernel", have.release);
}

std::vector<Finding> check_reservation(const Observed& have) {
  using enum sys::Reservation::State;
  if (!have.mount) return {};  // told by the data path
  const auto& found = have.reservation;
  switch (found.state) {
    case none:
      return {pass("reservation", found.device + " is reserved by nobody")};
    case unsupported:
      return {pass("reservation", found.device + " knows no SCSI reservations")};
    case held:
      return {miss("reservation",
                   std::format("{} is reserved by another host, key {:#018x}, type {}",
                               found.device, found.key, found.type),
                   "is the volume attached twice? else clear it with sg_persist")};
    case unknown:
      break;
  }
  return {unsure("reservation",
                 std::format("{} could not be asked: {}", found.device, found.trouble),
                 "see journalctl -k for the device")};
}

}  // namespace

std::vector<core::Finding> Longhorn::findings(const Desired& want, const Observed& have) {
  if (!want.wanted) return {};
  std::vector<Finding> all{
      check_initiator(have),
      check_daemon(have),
      check_module(have, "iscsi_tcp", "volumes, which are iSCSI disks"),
      check_module(have, "nfs", "volumes shared by several pods"),
      check_module(have, "dm_crypt", "encrypted volumes"),
      check_nfs_kernel(have),
      check_nfs_version(have),
      check_programs(have),
      check_propagation(have),
      check_data_path(have),
      check_multipath(have),
      check_kernel(have),
  };
  for (const std::string_view package : {"nfs-common", "open-iscsi", "cryptsetup", "dmsetup"})
    all.push_back(check_package(have, package));
  for (auto& finding : check_reservation(have)) all.push_back(std::move(finding));
  return all;
}

}  // namespace kgnode::storage
