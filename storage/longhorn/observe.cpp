/// Files, units, modules, packages and mounts that Longhorn's preflight looks at.
#include <sys/sysmacros.h>

#include <array>
#include <format>

#include "agent/base/kernel_modules.hpp"
#include "agent/base/text.hpp"
#include "agent/sys/mount_table.hpp"
#include "storage/judge.hpp"
#include "storage/longhorn/longhorn.hpp"
#include "storage/longhorn/parse_host.hpp"

namespace kgnode::storage {
namespace {

constexpr std::size_t kListLimit = std::size_t{16} << 20;  // dpkg's status, a kernel's modules
constexpr auto kNfsFile = "/etc/nfsmount.conf";
constexpr std::string_view kNfsFolder = "/etc/nfsmount.conf.d";

constexpr std::array kUnits{Longhorn::kDaemon, Longhorn::kSocket, Longhorn::kMultipath,
                            Longhorn::kMultipathSocket};

// What Longhorn's scripts call on the host, and what its preflight asks dpkg with.
constexpr std::array<std::string_view, 7> kPrograms{"awk",     "blkid", "curl", "dpkg-query",
                                                    "findmnt", "grep",  "lsblk"};

Result<std::vector<std::string>> find_missing(sys::Files& files) {
  std::vector<std::string> missing;
  for (const auto program : kPrograms) {
    bool there = false;
    for (const std::string_view folder : {"/usr/bin/", "/usr/sbin/"})
      there = there || TRY(files.attributes(std::string(folder) + std::string(program)));
    if (!there) missing.emplace_back(program);
  }
  return missing;
}

Result<std::vector<Longhorn::NfsVersion>> read_nfs_versions(sys::Files& files) {
  std::vector<std::string> paths{kNfsFile};
  for (const auto& name : TRY(files.list(std::string(kNfsFolder))))
    paths.push_back(std::string(kNfsFolder) + "/" + name);
  std::vector<Longhorn::NfsVersion> found;
  for (const auto& path : paths) {
    const auto text = TRY(files.read(path));
    if (!text) continue;
    for (const auto& version : parse_nfs_versions(*text)) found.push_back({path, version});
  }
  return found;
}

/// The device that takes SCSI commands: of an encrypted disk the partition below.
Result<std::string> find_device(sys::Files& files, const sys::Mount& mount) {
  const auto below = TRY(files.list(
      std::format("/sys/dev/block/{}:{}/slaves", ::major(mount.number), ::minor(mount.number))));
  return below.size() == 1 ? "/dev/" + below.front() : mount.source;
}

/// As the host has them: ours are those of a sandbox.
Result<> add_mounts(sys::Files& files, Longhorn::Observed& seen) {
  const auto mounts = TRY(sys::read_mounts("/proc/1/mountinfo"));
  if (!mounts) return {};
  for (const auto& mount : *mounts) {
    if (mount.target == "/") seen.propagation = mount.propagation;
    if (mount.target != kMountPoint) continue;
    seen.mount = mount.options;
    seen.reservation = sys::read_reservation(TRY(find_device(files, mount)));
  }
  return {};
}

}  // namespace

Result<Longhorn::Observed> Longhorn::read() {
  const auto text = [this](const std::string& path) { return files_.read(path, kListLimit); };
  Observed seen{.start_error = start_error_};
  seen.initiator_file = TRY(text(std::string(kInitiatorFile)));
  seen.multipath_file = TRY(text(std::string(kMultipathFile)));
  seen.release = trim(TRY(text("/proc/sys/kernel/osrelease")).value_or(""));
  seen.loaded = parse_proc_modules(TRY(text("/proc/modules")).value_or(""));
  seen.builtin = parse_module_files(
      TRY(text("/lib/modules/" + seen.release + "/modules.builtin")).value_or(""));
  if (const auto config = TRY(text("/boot/config-" + seen.release)))
    seen.kernel_nfs = parse_nfs_config(*config);
  seen.nfs_versions = TRY(read_nfs_versions(files_));
  if (const auto status = TRY(text("/var/lib/dpkg/status")))
    seen.packages = parse_installed_packages(*status);
  seen.missing_programs = TRY(find_missing(files_));
  TRY(add_mounts(files_, seen));
  return seen;
}

Task<Result<Longhorn::Observed>> Longhorn::observe(const Desired& want) {
  if (!want.wanted) co_return Observed{};
  auto seen = read();
  if (!seen) co_return fail(std::move(seen).error());
  for (const auto unit : kUnits) {
    auto state = co_await units_.state(std::string(unit));
    if (!state) co_return fail(std::move(state).error());
    seen->units.emplace(unit, *std::move(state));
  }
  co_return *std::move(seen);
}

}  // namespace kgnode::storage
