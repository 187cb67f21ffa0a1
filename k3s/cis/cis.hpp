#pragma once
/// How a node stands against the CIS benchmark for K3s: pure, of what was seen.
#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/core/module.hpp"

namespace kgnode::k3s {

struct CisFile {
  std::string path;
  mode_t mode = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  bool operator==(const CisFile&) const = default;
};

struct CisObserved {
  config::Role role = config::Role::worker;
  std::vector<CisFile> files;  // those that cis_paths names and that are there
  /// "kube-apiserver" -> its arguments, without dashes, and its settings in files as "a.b=value";
  /// one that is missing could not be told.
  std::map<std::string, std::vector<std::string>, std::less<>> arguments;
  bool operator==(const CisObserved&) const = default;
};

/// As those files are to be that have more than they should.
std::vector<CisFile> cis_corrections(const CisObserved& seen);

/// Which files to look at; the last part of a path may have one "*".
std::vector<std::string> cis_paths(config::Role role);

/// The arguments in K3s' line `Running kube-apiserver --anonymous-auth=false ...`.
std::vector<std::string> cis_arguments(std::string_view line);

/// The settings in YAML files of one program as "a.b=value", a list as several; a later file takes
/// the place of an earlier one's settings. A file that cannot be read as YAML is an error.
Result<std::vector<std::string>> cis_settings(std::span<const std::string> files);

/// "encryption-config.provider=NAME" of Kubernetes' EncryptionConfiguration: what new secrets are
/// written with. No keys are in it.
Result<std::vector<std::string>> cis_encryption(std::string_view file);

/// The same checks for reports, and those from which nodes deviate; without `seen` each is unknown:
/// K3s has not run here yet.
std::vector<core::Item> cis_items(config::Role role, const std::optional<CisObserved>& seen);

/// One for each check of the role from which nodes do not deviate, in the order of the table: pass,
/// gap or unknown.
std::vector<core::Finding> cis_findings(const CisObserved& seen);

}  // namespace kgnode::k3s
