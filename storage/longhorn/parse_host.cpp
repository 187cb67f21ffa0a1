/// Files of the host that Longhorn's preflight reads.
#include "storage/longhorn/parse_host.hpp"

#include <algorithm>

#include "agent/base/text.hpp"

namespace kgnode::storage {
namespace {

constexpr std::size_t kLongestName = 223;  // RFC 3720 section 3.2.6.1, bytes

/// "Key=value" with blanks anywhere; an empty key when it is none.
struct Setting {
  std::string key;  // lower case
  std::string_view value;
};

Setting parse_setting(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return {};
  return {.key = to_lower(trim(line.substr(0, equals))), .value = trim(line.substr(equals + 1))};
}

}  // namespace

std::set<std::string> parse_installed_packages(std::string_view status) {
  std::set<std::string> installed;
  std::string_view package;
  for (const auto line : split(status, '\n')) {
    constexpr std::string_view kPackage = "Package:";
    constexpr std::string_view kStatus = "Status:";
    if (line.empty()) package = {};
    if (line.starts_with(kPackage)) package = trim(line.substr(kPackage.size()));
    if (!line.starts_with(kStatus) || package.empty()) continue;
    const auto words = split_words(line.substr(kStatus.size()));
    if (words.size() == 3 && words[0] != "deinstall" && words[1] == "ok" && words[2] == "installed")
      installed.emplace(package);
  }
  return installed;
}

std::map<std::string, char> parse_nfs_config(std::string_view config) {
  std::map<std::string, char> found;
  for (const auto line : split(config, '\n')) {
    for (const std::string_view key : {"CONFIG_NFS_V4", "CONFIG_NFS_V4_1", "CONFIG_NFS_V4_2"}) {
      if (!line.starts_with(key)) continue;
      const auto rest = trim(line.substr(key.size()));
      if (rest == "=y" || rest == "=m") found[std::string(key)] = rest[1];
    }
  }
  return found;
}

std::vector<std::string> parse_nfs_versions(std::string_view text) {
  std::vector<std::string> versions;
  bool global = false;
  for (const auto whole : split(text, '\n')) {
    const auto line = trim(whole);
    if (line.starts_with('#')) continue;
    if (line.starts_with('[')) {
      const auto name = to_lower(trim(line.substr(1, line.find(']') - 1)));
      global = name == "nfsmount_global_options";
    }
    const auto [key, value] = parse_setting(line);
    if (global && (key == "defaultvers" || key == "nfsvers" || key == "vers"))
      versions.emplace_back(value);
  }
  return versions;
}

bool is_nfs4(std::string_view version) {
  return version == "4" || version == "4.0" || version == "4.1" || version == "4.2";
}

std::optional<std::string> parse_initiator_name(std::string_view text) {
  std::optional<std::string> name;
  for (const auto line : split(text, '\n')) {
    constexpr std::string_view kKey = "InitiatorName=";
    if (!line.starts_with(kKey)) continue;
    if (name) return std::nullopt;
    name = trim(line.substr(kKey.size()));
  }
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == ':';
  };
  if (!name || name->size() > kLongestName || !std::ranges::all_of(*name, is_allowed))
    return std::nullopt;
  if (!name->starts_with("iqn.") && !name->starts_with("eui.") && !name->starts_with("naa."))
    return std::nullopt;
  return name;
}

}  // namespace kgnode::storage
