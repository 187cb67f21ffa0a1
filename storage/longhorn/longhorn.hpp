#pragma once
/// What Longhorn asks of the node it runs on, beyond a data disk: the items of its own preflight,
/// each told with evidence, and mended where a node may mend them.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/disk_reservation.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/units.hpp"

namespace kgnode::storage {

class Longhorn {
 public:
  static constexpr std::string_view kName = "longhorn";
  static constexpr std::string_view kInitiatorFile = "/etc/iscsi/initiatorname.iscsi";
  static constexpr std::string_view kMultipathFile = "/etc/multipath/conf.d/kgnode-longhorn.conf";
  static constexpr std::string_view kDaemon = "iscsid.service";
  static constexpr std::string_view kSocket = "iscsid.socket";
  static constexpr std::string_view kMultipath = "multipathd.service";
  static constexpr std::string_view kMultipathSocket = "multipathd.socket";

  struct Desired {
    bool wanted = false;  // the node is to hold or to attach volumes
    std::string node;
    bool operator==(const Desired&) const = default;
  };

  /// A setting of /etc/nfsmount.conf or a file beside it.
  struct NfsVersion {
    std::string file;
    std::string value;
  };

  struct Observed {
    std::optional<std::string> initiator_file;
    std::optional<std::string> multipath_file;
    std::map<std::string, std::string, std::less<>> units;  // their states
    std::string start_error;                                // what starting iscsid said
    std::string release;                                    // of the running kernel
    std::set<std::string> loaded;
    std::set<std::string> builtin;
    std::optional<std::map<std::string, char>> kernel_nfs;  // CONFIG_NFS_V4... -> y, m
    std::vector<NfsVersion> nfs_versions;                   // configured defaults
    std::optional<std::set<std::string>> packages;          // installed, as dpkg knows them
    std::vector<std::string> missing_programs;
    std::optional<std::string> propagation;  // of the root mount: "shared", "private", ...
    std::optional<std::string> mount;        // options of the data disk's mount; none: no mount
    sys::Reservation reservation;            // of the data disk
  };

  enum class Action : std::uint8_t { write_file, start, reload };
  struct Step {
    Action action = Action::start;
    std::string subject;  // a path or a unit
    std::string before;
    std::string after;
    bool operator==(const Step&) const = default;
  };

  Longhorn(sys::Files& files, sys::Units& units) : files_(files), units_(units) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired& want, const Observed& have);
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step& step);
  static core::StepView view(const Step& step);
  static std::vector<std::string> watch_paths(const Desired& want);

 private:
  Result<Observed> read();

  sys::Files& files_;
  sys::Units& units_;
  std::string start_error_;
};

}  // namespace kgnode::storage
