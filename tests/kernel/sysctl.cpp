/// The sysctl domain on the parameters of a network namespace of its own.
#include "hardening/sysctl/sysctl.hpp"

#include <poll.h>

#include <chrono>

#include "agent/sys/watcher.hpp"
#include "tests/kernel/real_node.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_owned.hpp"

using kgnode::core::Mode, kgnode::core::Phase;
using kgnode::hardening::Sysctl;

namespace {

struct Machine {
  kgnode::sys::RealProcSys kernel;
  test::FakeFiles files;
  test::FakeOwned owned;
  Sysctl domain{kernel, files, owned};

  /// The profile's parameters that belong to the network namespace; the others are the host's.
  static Sysctl::Desired want() {
    auto all = Sysctl::desired({});
    std::erase_if(all.settings, [](const auto& entry) {
      return !entry.first.starts_with("net.ipv4.") && !entry.first.starts_with("net.ipv6.");
    });
    return all;
  }
  std::string value(std::string_view key) { return kernel.read(key).value().value_or("absent"); }
};

}  // namespace

TEST_CASE("sysctl in a namespace: set, drift noticed by inotify, healed, given back", "[kernel]") {
  Machine machine;
  const auto want = Machine::want();
  const std::string key = "net.ipv4.conf.all.send_redirects";
  REQUIRE(machine.kernel.write(key, "1"));
  test::check_laws(machine.domain, want);
  CHECK(machine.value(key) == "0");

  auto watcher = kgnode::sys::Watcher::make();
  REQUIRE(watcher);
  watcher->watch("sysctl", Sysctl::watch_paths(want));
  (void)watcher->drain();
  kgnode::sys::Loop loop;
  const auto before = std::chrono::steady_clock::now();
  REQUIRE(test::run_command(loop, {"/usr/sbin/sysctl", "-w", key + "=1"}).status == 0);
  pollfd ready{.fd = watcher->fd(), .events = POLLIN};
  REQUIRE(::poll(&ready, 1, 1000) == 1);
  CHECK(watcher->drain() == std::vector<std::string>{"sysctl"});
  CHECK(machine.value(key) == "1");
  CHECK(test::reconcile(machine.domain, want, Mode::enforce).phase == Phase::applied);
  CHECK(machine.value(key) == "0");
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(1));

  test::check_laws(machine.domain, {});
  CHECK(machine.value(key) == "1");
  CHECK(machine.owned.of("sysctl").empty());
}

TEST_CASE("sysctl in a namespace: a value that the kernel refuses becomes a finding", "[kernel]") {
  Machine machine;
  Sysctl::Desired want;
  want.settings["net.ipv4.tcp_syncookies"] = {"77777", "TEST", "out of range"};
  CHECK(test::reconcile(machine.domain, want, Mode::enforce).phase == Phase::failed);
  const auto report = test::reconcile(machine.domain, want, Mode::enforce);
  CHECK(report.error == "");
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].id == "sysctl.net.ipv4.tcp_syncookies");
}
