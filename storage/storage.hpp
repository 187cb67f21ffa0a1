#pragma once
/// The data disk for Longhorn: found by what it is, prepared only when it is blank or given up by a
/// person, mounted before K3s may start, grown with its volume.
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/disks.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/process.hpp"
#include "agent/sys/units.hpp"
#include "storage/health.hpp"
#include "storage/identity.hpp"
#include "storage/judge.hpp"

namespace kgnode::storage {

class Storage {
 public:
  static constexpr std::string_view kName = "storage";
  static constexpr std::string_view kUnit = "var-lib-longhorn.mount";
  static constexpr std::string_view kUnitFile = "/etc/systemd/system/var-lib-longhorn.mount";
  static constexpr std::string_view kLabel = "kgnode-data";  // XFS takes 12 bytes

  struct Desired {
    std::optional<config::Disk> disk;
    config::FileSystem file_system = config::FileSystem::xfs;
    std::optional<config::Encryption> encryption;
    std::string node;
  };

  struct Observed {
    std::vector<sys::BlockDevice> devices;  // none are looked for without a wanted disk
    std::map<std::string, std::optional<std::string>> files;  // those of unit_files()
    std::string unit_state;
    std::vector<std::string> beneath;  // names in the mount point while nothing is mounted there
    std::optional<sys::Space> space;   // of what is mounted there
    Health health;                     // of the disks below the root and the data
    std::string rescue;                // why nothing may be written; empty: it may
    std::string approved;              // fingerprint of the disk whose content was given up
  };

  enum class Action : std::uint8_t {
    refuse,  // fails with its text, so that the report says what a person must do
    claim,   // the marker: from here on the disk is ours to finish
    wipe,
    partition,
    encrypt,
    enroll,  // have the TPM hold a key
    unlock,
    lock,
    format,
    finish,  // the marker again: from here on there may be data
    write_file,
    load_units,
    mount,
    grow_partition,
    grow_container,
    grow_file_system,
  };
  struct Step {
    Action action = Action::refuse;
    std::string subject;  // name of a device, path of a file, or the text of the refusal
    std::string before;
    std::string after;
    bool operator==(const Step&) const = default;
  };

  Storage(sys::Disks& disks, sys::Files& files, sys::Processes& processes, sys::Units& units,
          const Clock& clock)
      : disks_(disks),
        files_(files),
        processes_(processes),
        units_(units),
        health_(files, processes, clock) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired& want, const Observed& have);
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step& step);
  static core::StepView view(const Step& step);
  static std::vector<std::string> watch_paths(const Desired& want);

  /// All devices as they are at this moment, wanted or not.
  Result<std::vector<sys::BlockDevice>> list() { return disks_.list(); }
  /// The content of the disk with this fingerprint, as it is now, is given up by a person.
  void approve(std::string fingerprint) { approved_ = std::move(fingerprint); }

 private:
  Result<Observed> read(const Desired& want);
  Result<std::string> partition_file(const std::string& disk);
  Result<> write(const Step& step);
  Task<Result<>> load_units();
  Task<Result<>> format(const Step& step);
  Task<Result<>> grow_file_system(const Step& step);
  Task<Result<>> run(std::vector<std::string> argv, std::string input = {});
  /// Those of encryption.cpp, which call cryptsetup(8).
  Task<Result<>> change_container(const Step& step);
  Result<std::string> read_passphrase();

  sys::Disks& disks_;
  sys::Files& files_;
  sys::Processes& processes_;
  sys::Units& units_;
  HealthWatch health_;
  std::string approved_;
  Desired want_;
  Observed seen_;
};

/// Files this domain writes whole, with their wanted text: the mount unit, and what makes K3s wait.
std::map<std::string, std::string> unit_files(const Storage::Desired& want);

}  // namespace kgnode::storage
