#pragma once
/// Files of the host that Longhorn's preflight reads.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kgnode::storage {

/// dpkg's status file: names of packages that are installed and not half so.
std::set<std::string> parse_installed_packages(std::string_view status);

/// A kernel's configuration: CONFIG_NFS_V4, _V4_1 and _V4_2 with 'y' or 'm'.
std::map<std::string, char> parse_nfs_config(std::string_view config);

/// nfsmount.conf(5): the version that mounts get when they name none, as Defaultvers or Nfsvers
/// among the global options; in the order of the file.
std::vector<std::string> parse_nfs_versions(std::string_view text);

/// "4", "4.0", "4.1", "4.2" are what Longhorn's shared volumes can be mounted with.
bool is_nfs4(std::string_view version);

/// The InitiatorName; nullopt: the file names none, or several, or what is no name (RFC 3720
/// section 3.2.6).
std::optional<std::string> parse_initiator_name(std::string_view text);

}  // namespace kgnode::storage
