#include "tests/support/catch.hpp"
#include "tests/unit/hardening/ssh/support.hpp"

using Catch::Matchers::ContainsSubstring;
using kgnode::hardening::render_drop_in;
using kgnode::hardening::Ssh;

TEST_CASE("ssh desired: a configuration that leaves no way in is refused with the reason",
          "[ssh]") {
  auto config = test::ssh_config();
  CHECK(Ssh::desired(config).refusal.empty());
  config.admin.ssh_keys = {};
  CHECK_THAT(Ssh::desired(config).refusal, ContainsSubstring("nobody could log in"));
  config.admin.ssh_keys = {"ssh-dss AAAA"};
  CHECK_THAT(Ssh::desired(config).refusal, ContainsSubstring("ssh-dss are not accepted"));
  config = test::ssh_config();
  config.admin.user = "root";
  CHECK_THAT(Ssh::desired(config).refusal, ContainsSubstring("admin.user is root"));
}

TEST_CASE("ssh desired: only keys, only the group, only post-quantum key exchange", "[ssh]") {
  auto config = test::ssh_config();
  config.ssh.max_sessions = 4;
  const auto text = render_drop_in(Ssh::desired(config));
  for (const auto* line :
       {"\nKexAlgorithms mlkem768x25519-sha256,sntrup761x25519-sha512@openssh.com\n",
        "\nPermitRootLogin no\n", "\nPasswordAuthentication no\n", "\nAllowGroups kgnode-ssh\n",
        "\nAuthenticationMethods publickey\n", "\nMaxSessions 4\n", "\nDisableForwarding yes\n",
        "\nAuthorizedKeysFile /var/lib/kgnode/ssh/authorized_keys/%u\n", "\nLogLevel VERBOSE\n"}) {
    CHECK_THAT(text, ContainsSubstring(line));
  }
}

TEST_CASE("ssh desired: the profile of ssh-audit has its own algorithms", "[ssh]") {
  auto config = test::ssh_config();
  config.ssh.profile = kgnode::config::SshProfile::ssh_audit;
  const auto text = render_drop_in(Ssh::desired(config));
  CHECK_THAT(text,
             ContainsSubstring("sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com\n"));
  CHECK_THAT(text, ContainsSubstring("hmac-sha2-256-etm@openssh.com,umac-128-etm@openssh.com\n"));
}

TEST_CASE("ssh desired: the candidate stands where the drop-in will stand", "[ssh]") {
  const auto text = kgnode::hardening::render_candidate(
      "# head\nInclude /etc/ssh/sshd_config.d/*.conf\nUsePAM yes", {"50-b.conf", "00-a.conf"},
      "/run/new");
  CHECK(text ==
        "# head\nInclude /etc/ssh/sshd_config.d/00-a.conf\nInclude /run/new\n"
        "Include /etc/ssh/sshd_config.d/50-b.conf\nUsePAM yes\n");
}
