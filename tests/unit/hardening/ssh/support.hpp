#pragma once
/// A node in memory: sshd, ssh-keygen and sysusers answer from what the fake files say.
#include "hardening/ssh/ssh.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_processes.hpp"
#include "tests/support/fake_units.hpp"

namespace test {

inline const std::string kEd25519 =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOrtkATpPPnVS5dAeHGB6Qp1hQ0FNZzqb8HG3vk6uqt ops@laptop";

inline kgnode::config::Config ssh_config() {
  kgnode::config::Config config;
  config.admin.ssh_keys = {kEd25519};
  return config;
}

struct SshNode {
  FakeFiles files;
  FakeProcesses processes;
  FakeUnits units;
  kgnode::hardening::Ssh domain{files, processes, units};
  std::string rsa_public;                     // what ssh-keygen -y says about the RSA key
  std::map<std::string, std::string> broken;  // program (with -t: "sshd -t") -> its complaint
  int tests_until_broken = -1;                // so many "sshd -t" succeed, the next one fails

  SshNode();

 private:
  kgnode::sys::Output answer(const std::vector<std::string>& argv);
  std::string effective() const;
};

}  // namespace test
