/// The texts of the files that this domain writes.
#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "hardening/ssh/ssh.hpp"

namespace kgnode::hardening {
namespace {

constexpr std::string_view kBannerText =
    "Authorized users only. All activity may be monitored, recorded and reported.\n"
    "Access without permission is prohibited and may be prosecuted by law.\n";

bool includes_folder(const std::pair<std::string, std::string>& directive) {
  return directive.first == "include" && directive.second.contains("sshd_config.d/*.conf");
}

}  // namespace

std::string render_drop_in(const Ssh::Desired& want) {
  std::string text =
      "# Written by kgnode; changes here are undone. See [ssh] and [admin] in "
      "/etc/kgnode/node.toml.\n";
  for (const auto& [name, value] : want.directives) text += std::format("{} {}\n", name, value);
  return text;
}

std::string render_authorized_keys(const Ssh::Desired& want) {
  std::string text = "# Written by kgnode from admin.ssh_keys in /etc/kgnode/node.toml.\n";
  for (const auto& key : want.keys) text += key + "\n";
  return text;
}

std::string render_candidate(std::string_view main, std::vector<std::string> others,
                             std::string_view candidate) {
  others.emplace_back(Ssh::kDropInName);
  std::ranges::sort(others);
  std::string text;
  for (const auto line : split(main, '\n')) {
    const auto directives = parse_sshd_config(line);
    if (directives.empty() || !includes_folder(directives[0])) {
      text += std::string(line) + "\n";
      continue;
    }
    for (const auto& name : others) {
      const bool ours = name == Ssh::kDropInName;
      text += ours ? std::format("Include {}\n", candidate)
                   : std::format("Include {}/{}\n", Ssh::kDropInFolder, name);
    }
  }
  return text;
}

std::map<std::string, std::string> plain_files(const Ssh::Desired& want) {
  // A fixed uid, so that the home's files keep their owner although /etc is new at each boot. Lines
  // for an account that exists change nothing but its groups.
  const std::string account = std::format(
      "# Written by kgnode: the operator's account.\n"
      "g kgnode-ssh - -\ng kgnode-admin - -\n"
      "u {0} 1000 \"Operator\" {1} /bin/bash\nm {0} kgnode-ssh\nm {0} kgnode-admin\n",
      want.user, home_of(want.user));
  const std::string home =
      std::format("# Written by kgnode: the operator's home.\nd {1} 0700 {0} {0}\n", want.user,
                  home_of(want.user));
  return {{std::string(Ssh::kUserFile), account},
          {std::string(Ssh::kHomeFile), home},
          {std::string(Ssh::kBanner), std::string(kBannerText)},
          {authorized_keys_path(want.user), render_authorized_keys(want)}};
}

std::vector<std::string> host_key_paths() {
  const std::string folder(Ssh::kHostKeys);
  return {folder + "ssh_host_ed25519_key", folder + "ssh_host_rsa_key"};
}

std::string authorized_keys_path(const std::string& user) {
  return std::string(Ssh::kKeysFolder) + "/" + user;
}

std::string home_of(const std::string& user) { return "/var/home/" + user; }

}  // namespace kgnode::hardening
