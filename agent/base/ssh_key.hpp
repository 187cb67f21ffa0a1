#pragma once
/// Public SSH keys as they stand in authorized_keys: accepted only when sshd here would take them.
#include <string>
#include <string_view>

#include "agent/base/result.hpp"

namespace kgnode {

struct SshKey {
  std::string type;     // "ssh-ed25519", "sk-ssh-ed25519@openssh.com" or "ssh-rsa"
  std::string blob;     // base64
  std::string comment;  // may be empty
  bool operator==(const SshKey&) const = default;
};

/// One line without options. Refused: types that our sshd does not accept (ECDSA, DSA,
/// certificates), RSA below 3072 bits, options before the key, and text that is a private key. The
/// Error says what is wrong and what to give instead; it never repeats a private key.
Result<SshKey> parse_ssh_key(std::string_view line);
std::string to_string(const SshKey& key);  // the line, blanks normalised

}  // namespace kgnode
