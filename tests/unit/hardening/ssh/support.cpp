/// A node in memory.
#include "tests/unit/hardening/ssh/support.hpp"

#include <fstream>
#include <sstream>

#include "agent/base/text.hpp"

namespace test {

using kgnode::hardening::Ssh;
using kgnode::sys::Output;

SshNode::SshNode() {
  std::ostringstream rsa;
  rsa << std::ifstream(TEST_DATA "/ssh/keys/rsa4096.pub").rdbuf();
  rsa_public = rsa.str();
  files.files[std::string(Ssh::kMain)] =
      "Include /etc/ssh/sshd_config.d/*.conf\nX11Forwarding yes\n";
  files.files["/etc/passwd"] = "root:x:0:0:root:/root:/bin/bash\n";
  files.files["/etc/group"] = "root:x:0:\n";
  units.states["ssh.service"] = "active";
  processes.answer = [this](const kgnode::sys::Command& command) {
    return kgnode::Result<Output>(answer(command.argv));
  };
}

std::string SshNode::effective() const {
  std::string text;
  for (const auto& [path, content] : files.files) {
    if (path != std::string(Ssh::kMain) && !path.starts_with(std::string(Ssh::kDropInFolder) + "/"))
      continue;
    if (path == std::string(Ssh::kMain)) continue;
    for (const auto& [option, value] : kgnode::hardening::parse_sshd_config(content)) {
      const bool first = !text.contains("\n" + option + " ");
      if (first || option == "hostkey") text += "\n" + option + " " + value;
    }
  }
  return text + "\n";
}

Output SshNode::answer(const std::vector<std::string>& argv) {
  const auto& program = argv[0];
  for (const auto& [name, complaint] : broken) {
    if (program.ends_with(name)) return {.status = 1, .err = complaint};
  }
  if (program.ends_with("ssh-keygen") && argv[1] == "-y")
    return {.out = argv.back().contains("_rsa_") ? rsa_public : kEd25519};
  if (program.ends_with("ssh-keygen")) {
    const auto& path = argv[argv.size() - (argv.back() == "4096" ? 5 : 3)];
    files.files[path] = "key";
    files.modes[path] = {.mode = 0600};
  }
  if (program.ends_with("install")) {
    files.files[argv.back()] = files.files[argv[argv.size() - 2]];
    files.modes[argv.back()] = {.mode = 0600};
  }
  if (program.ends_with("systemd-sysusers")) {
    files.files["/etc/passwd"] += "admin:x:1000:1000::/var/home/admin:/bin/bash\n";
    files.files["/etc/group"] += "kgnode-ssh:x:990:admin\nkgnode-admin:x:991:admin\n";
  }
  if (program.ends_with("sshd") && argv[1] == "-T") return {.out = effective()};
  if (program.ends_with("sshd") && tests_until_broken-- == 0)
    return {.status = 255, .err = "line 3: Bad configuration option: nonsense"};
  return {};
}

}  // namespace test
