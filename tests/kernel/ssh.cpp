/// The ssh domain on a real tree: real sshd, ssh-keygen and systemd-sysusers, a login, and
/// ssh-audit as the outsider. Runs in a throwaway root and a network namespace of its own.
#include "hardening/ssh/ssh.hpp"

#include <csignal>
#include <fstream>

#include "agent/base/text.hpp"
#include "tests/kernel/real_node.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_units.hpp"
#include "tests/support/temp_dir.hpp"

using Catch::Matchers::ContainsSubstring;
using kgnode::config::SshProfile;
using kgnode::core::Condition, kgnode::core::Mode, kgnode::core::Phase;
using kgnode::hardening::Ssh;

namespace {

const std::string kDropIn(Ssh::kDropIn);

struct Machine {
  kgnode::sys::Loop loop;
  kgnode::sys::RealFiles files;
  kgnode::sys::RealProcesses processes{loop};
  test::FakeUnits units;  // there is no systemd here to reload
  Ssh domain{files, processes, units};
  test::NoLog log;
  test::TempDir folder;
  kgnode::config::Config config;

  Machine() {
    REQUIRE(run({"/usr/bin/mkdir", "-p", "/run/sshd"}).status == 0);
    // The build root has neither the keys nor the rights that an installed node starts with.
    REQUIRE(
        run({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "id"}).status ==
        0);
    config.admin.ssh_keys = {files.read(folder / "id.pub", 4096).value().value()};
  }

  kgnode::sys::Output run(std::vector<std::string> argv) {
    return test::run_command(loop, std::move(argv));
  }
  Condition reconcile(Mode mode) {
    const auto want = Ssh::desired(config);
    return test::run_on(loop, kgnode::core::reconcile(domain, want, mode, log));
  }
  kgnode::sys::Output login(const std::string& user, const std::string& port) {
    return run({"/usr/bin/ssh", "-F", "/dev/null", "-i", folder / "id", "-p", port, "-o",
                "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o",
                "UserKnownHostsFile=/dev/null", user + "@127.0.0.1", "/usr/bin/id"});
  }
};

/// sshd as it is configured in /etc, on a port of its own.
class Daemon {
 public:
  Daemon(Machine& machine, const std::string& port) : pid_file_(machine.folder / ("pid" + port)) {
    // ssh-audit's many half-open connections would get it banned after its first scan.
    const auto ran = machine.run({"/usr/sbin/sshd", "-p", port, "-o", "PidFile=" + pid_file_, "-o",
                                  "PerSourcePenaltyExemptList=127.0.0.1"});
    INFO(ran.err);
    REQUIRE(ran.status == 0);
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon() {
    std::string text;
    std::getline(std::ifstream(pid_file_), text);
    if (const auto pid = kgnode::parse_int<int>(text)) ::kill(*pid, SIGTERM);
  }

 private:
  std::string pid_file_;
};

}  // namespace

TEST_CASE("ssh on a real tree: in sync after one run, and ssh-audit finds nothing", "[kernel]") {
  Machine machine;
  const auto profile = GENERATE(SshProfile::cis, SshProfile::ssh_audit);
  const std::string port = profile == SshProfile::cis ? "2201" : "2202";
  machine.config.ssh.profile = profile;
  const auto applied = machine.reconcile(Mode::enforce);
  CHECK(applied.error == "");
  const auto again = machine.reconcile(Mode::enforce);
  for (const auto& step : again.steps) UNSCOPED_INFO(step.text << ": " << step.after);
  CHECK(again.phase == Phase::in_sync);
  CHECK(again.findings.empty());

  const Daemon sshd(machine, port);
  const auto audit = machine.run({"/usr/bin/ssh-audit", "-j", "-p", port, "127.0.0.1"});
  INFO(audit.out);
  CHECK(audit.status == 0);
  CHECK_THAT(audit.out, ContainsSubstring("mlkem768x25519-sha256"));
  CHECK_THAT(audit.out, !ContainsSubstring("\"fail\":") && !ContainsSubstring("\"warn\":"));
}

TEST_CASE("ssh on a real tree: the operator gets in, root and others do not", "[kernel]") {
  Machine machine;
  REQUIRE(machine.reconcile(Mode::enforce).error == "");
  const Daemon sshd(machine, "2203");
  const auto in = machine.login("admin", "2203");
  INFO(in.err);
  CHECK(in.status == 0);
  CHECK_THAT(in.out, ContainsSubstring("uid=1000(admin)") && ContainsSubstring("(kgnode-ssh)"));
  CHECK_THAT(in.err, ContainsSubstring("Authorized users only"));
  CHECK(machine.login("root", "2203").status == 255);
}

TEST_CASE("ssh on a real tree: what another file defeats is named", "[kernel]") {
  Machine machine;
  REQUIRE(machine.reconcile(Mode::enforce).error == "");
  const auto* const other = "/etc/ssh/sshd_config.d/00-before.conf";
  std::ofstream(other) << "MaxAuthTries 6\n";
  const auto report = machine.reconcile(Mode::enforce);
  CHECK(report.phase == Phase::failed);
  CHECK_THAT(report.error,
             ContainsSubstring("MaxAuthTries is 6 instead of 3") && ContainsSubstring(other));
  REQUIRE(machine.files.remove(other));
  CHECK(machine.reconcile(Mode::enforce).phase == Phase::in_sync);
}

TEST_CASE("ssh on a real tree: broken and damaged files are told and nothing gets worse",
          "[kernel]") {
  Machine machine;
  REQUIRE(machine.reconcile(Mode::enforce).error == "");
  const auto ours = machine.files.read(kDropIn, 65536).value();
  const std::string broken = "/etc/ssh/sshd_config.d/50-broken.conf";
  std::ofstream(broken) << "Nonsense yes\n";
  std::ofstream(kDropIn) << "PermitRootLogin yes\n";
  const auto refused = machine.reconcile(Mode::enforce);
  CHECK_THAT(refused.error,
             ContainsSubstring("50-broken.conf") && ContainsSubstring("nothing was changed"));
  REQUIRE(machine.files.remove(broken));
  CHECK(machine.reconcile(Mode::enforce).phase == Phase::applied);
  CHECK(machine.files.read(kDropIn, 65536).value() == ours);

  const auto key = kgnode::hardening::host_key_paths()[0];
  const auto sound = machine.files.read(key, 65536).value().value();
  REQUIRE(machine.files.replace(key, "damaged\n", 0600));
  CHECK_THAT(machine.reconcile(Mode::enforce).error, ContainsSubstring("cannot be used"));
  CHECK(machine.files.read(key, 65536).value() == "damaged\n");
  REQUIRE(machine.files.replace(key, sound, 0600));
  CHECK(machine.reconcile(Mode::enforce).phase == Phase::in_sync);
}
