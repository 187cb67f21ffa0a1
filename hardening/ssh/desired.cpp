/// The configuration becomes directives, keys and one account; or the reason why it must not.
#include <format>

#include "agent/base/ssh_key.hpp"
#include "hardening/ssh/ssh.hpp"

namespace kgnode::hardening {
namespace {

constexpr std::string_view kSetA = "mlkem768x25519-sha256,sntrup761x25519-sha512@openssh.com";
// The same exchange under its IANA name as well: the policy of ssh-audit asks for it, the list of
// CIS does not know it.
constexpr std::string_view kSetB =
    "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com";
constexpr std::string_view kMacs = "hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com";
constexpr std::string_view kUserKeys =
    "ssh-ed25519,sk-ssh-ed25519@openssh.com,rsa-sha2-512,rsa-sha2-256";

void add_algorithms(std::vector<Ssh::Directive>& list, config::SshProfile profile) {
  const bool cis = profile == config::SshProfile::cis;
  list.emplace_back("KexAlgorithms", cis ? kSetA : kSetB);
  list.emplace_back("Ciphers",
                    "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr,aes192-ctr,"
                    "aes128-gcm@openssh.com,aes128-ctr");
  list.emplace_back("MACs", std::string(kMacs) + (cis ? "" : ",umac-128-etm@openssh.com"));
  list.emplace_back("HostKeyAlgorithms", "ssh-ed25519,rsa-sha2-512,rsa-sha2-256");
  list.emplace_back("PubkeyAcceptedAlgorithms", kUserKeys);
  list.emplace_back("CASignatureAlgorithms", kUserKeys);
  list.emplace_back("RequiredRSASize", "3072");
}

void add_who_may_enter(std::vector<Ssh::Directive>& list) {
  list.insert(list.end(), {{"AllowGroups", "kgnode-ssh"},
                           {"AuthenticationMethods", "publickey"},
                           {"AuthorizedKeysFile", std::string(Ssh::kKeysFolder) + "/%u"},
                           {"PubkeyAuthentication", "yes"},
                           {"PermitRootLogin", "no"},
                           {"PasswordAuthentication", "no"},
                           {"KbdInteractiveAuthentication", "no"},
                           {"PermitEmptyPasswords", "no"},
                           {"HostbasedAuthentication", "no"},
                           {"IgnoreRhosts", "yes"},
                           {"GSSAPIAuthentication", "no"},
                           {"KerberosAuthentication", "no"},
                           {"UsePAM", "yes"},
                           {"StrictModes", "yes"},
                           {"PermitUserEnvironment", "no"}});
}

void add_limits(std::vector<Ssh::Directive>& list, std::uint16_t max_sessions) {
  list.insert(list.end(), {{"LoginGraceTime", "60"},
                           {"MaxAuthTries", "3"},
                           {"MaxSessions", std::to_string(max_sessions)},
                           {"MaxStartups", "10:30:60"},
                           {"PerSourcePenalties", "yes"},
                           {"ClientAliveInterval", "300"},
                           {"ClientAliveCountMax", "3"},
                           {"TCPKeepAlive", "no"},
                           {"UseDNS", "no"},
                           {"Compression", "no"}});
}

void add_forwarding(std::vector<Ssh::Directive>& list) {
  // The first one is enough for sshd; auditors read the others too.
  list.emplace_back("DisableForwarding", "yes");
  for (const auto* name :
       {"AllowTcpForwarding", "AllowAgentForwarding", "AllowStreamLocalForwarding", "X11Forwarding",
        "PermitTunnel", "GatewayPorts"}) {
    list.emplace_back(name, "no");
  }
}

}  // namespace

Ssh::Desired Ssh::desired(const config::Config& config) {
  Desired want{.user = config.admin.user};
  for (const auto& line : config.admin.ssh_keys) {
    const auto key = parse_ssh_key(line);
    if (key) {
      want.keys.push_back(to_string(*key));
    } else {
      want.refusal = std::format("admin.ssh_keys: {}", key.error().message());
    }
  }
  if (want.keys.empty() && want.refusal.empty()) {
    want.refusal =
        "admin.ssh_keys is empty, and SSH takes keys only: nobody could log in; add a public key "
        "to "
        "/etc/kgnode/node.toml";
  }
  if (want.user == "root")
    want.refusal = "admin.user is root, and root may not log in over SSH: give another name";
  for (const auto& path : host_key_paths()) want.directives.emplace_back("HostKey", path);
  add_algorithms(want.directives, config.ssh.profile);
  add_who_may_enter(want.directives);
  add_limits(want.directives, config.ssh.max_sessions);
  add_forwarding(want.directives);
  // VERBOSE names the key that was used: the record of who came in.
  want.directives.emplace_back("LogLevel", "VERBOSE");
  want.directives.emplace_back("PrintLastLog", "yes");
  want.directives.emplace_back("Banner", kBanner);
  return want;
}

}  // namespace kgnode::hardening
