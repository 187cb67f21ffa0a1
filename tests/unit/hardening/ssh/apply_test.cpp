#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/unit/hardening/ssh/support.hpp"

using Catch::Matchers::ContainsSubstring;
using kgnode::core::Mode, kgnode::core::Phase;
using kgnode::hardening::Ssh;

namespace {
const std::string kDropIn(Ssh::kDropIn);
}

TEST_CASE("ssh apply: a drop-in that sshd refuses never takes its place", "[ssh]") {
  test::SshNode node;
  node.tests_until_broken = 0;
  const auto report = test::reconcile(node.domain, Ssh::desired(test::ssh_config()), Mode::enforce);
  CHECK(report.phase == Phase::failed);
  CHECK_THAT(report.error,
             ContainsSubstring("nothing was changed") && ContainsSubstring("nonsense"));
  CHECK_FALSE(node.files.files.contains(kDropIn));
  CHECK(node.units.jobs.empty());
}

TEST_CASE("ssh apply: when sshd refuses its files afterwards, the old drop-in is back", "[ssh]") {
  test::SshNode node;
  node.files.files[kDropIn] = "# old\n";
  node.tests_until_broken = 1;
  const auto report = test::reconcile(node.domain, Ssh::desired(test::ssh_config()), Mode::enforce);
  CHECK(report.phase == Phase::failed);
  CHECK_THAT(report.error, ContainsSubstring("the old drop-in is back"));
  CHECK(node.files.files[kDropIn] == "# old\n");
  CHECK(node.units.jobs.empty());
}

TEST_CASE("ssh apply: a reload that was interrupted is done by the next run", "[ssh]") {
  test::SshNode node;
  const auto want = Ssh::desired(test::ssh_config());
  REQUIRE(test::reconcile(node.domain, want, Mode::enforce).error == "");
  node.units.jobs.clear();
  node.files.files[std::string(Ssh::kReloadMark)] = "";
  CHECK(test::reconcile(node.domain, want, Mode::enforce).phase == Phase::applied);
  CHECK(node.units.jobs == std::vector<std::string>{"reload ssh.service"});
  CHECK(test::reconcile(node.domain, want, Mode::enforce).phase == Phase::in_sync);
}

TEST_CASE("ssh apply: no scratch file is left behind", "[ssh]") {
  test::SshNode node;
  REQUIRE(test::reconcile(node.domain, Ssh::desired(test::ssh_config()), Mode::enforce).error ==
          "");
  for (const auto& [path, content] : node.files.files) CHECK_FALSE(path.starts_with("/run/"));
}

TEST_CASE("ssh apply: clients of a machine that was there before meet the key they know", "[ssh]") {
  test::SshNode node;
  node.files.files[std::string(Ssh::kSystemKey)] = "known";
  REQUIRE(test::reconcile(node.domain, Ssh::desired(test::ssh_config()), Mode::enforce).error ==
          "");
  CHECK(node.files.files["/var/lib/kgnode/ssh/ssh_host_ed25519_key"] == "known");
  CHECK(node.files.files["/var/lib/kgnode/ssh/ssh_host_rsa_key"] == "key");
}

TEST_CASE("ssh apply: a host key is on the disk before anything is built upon it", "[ssh]") {
  test::SshNode node;
  REQUIRE(test::reconcile(node.domain, Ssh::desired(test::ssh_config()), Mode::enforce).error ==
          "");
  const auto& calls = node.processes.calls;
  auto made = std::ranges::find_if(calls, [](const std::vector<std::string>& argv) {
    return argv[0].ends_with("ssh-keygen") && argv[1] == "-q";
  });
  REQUIRE(made != calls.end());
  const std::string key = "/var/lib/kgnode/ssh/ssh_host_ed25519_key";
  CHECK(*++made ==
        std::vector<std::string>{"/usr/bin/sync", key, "/var/lib/kgnode/ssh", key + ".pub"});
}
