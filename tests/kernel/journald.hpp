#pragma once
/// A journald of its own for a test or a benchmark, with sockets and files where only this test
/// sees them.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <format>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include <systemd/sd-journal.h>

#include "agent/base/unique_fd.hpp"

namespace test {

/// Polls until it holds; false at the deadline.
template <class Condition>
bool holds_within(std::chrono::seconds limit, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class Journald {
 public:
  static constexpr const char* kRuntime = "/run/log/journal";
  static constexpr const char* kPersistent = "/var/log/journal";

  /// Only in the build root: there /run and /etc are thrown away afterwards.
  static bool is_possible() {
    return std::filesystem::exists("/usr/lib/systemd/systemd-journald") &&
           !std::filesystem::exists("/run/systemd/system") && ::getuid() == 0;
  }

  explicit Journald(const std::string& settings = "") {
    namespace fs = std::filesystem;
    fs::remove_all(kRuntime);
    fs::remove_all(kPersistent);
    fs::remove_all("/run/systemd/journal");
    fs::create_directories("/run/systemd/journal");
    fs::create_directories("/run/systemd/journald.conf.d");
    if (!fs::exists("/etc/machine-id") || fs::is_empty("/etc/machine-id"))
      std::ofstream("/etc/machine-id") << "0123456789abcdef0123456789abcdef\n";
    // Not the kernel's messages and not its audit: those are the machine's.
    std::ofstream("/run/systemd/journald.conf.d/test.conf")
        << "[Journal]\nReadKMsg=no\nAudit=\nRateLimitBurst=0\nForwardToWall=no\n"
        << "ForwardToSyslog=yes\n"
        << settings;
    start();
  }
  Journald(const Journald&) = delete;
  Journald& operator=(const Journald&) = delete;
  ~Journald() { stop(); }

  void start() {
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // also when the test is aborted
      ::execl("/usr/lib/systemd/systemd-journald", "systemd-journald", nullptr);
      ::_exit(127);
    }
    // sd_journal_send says yes when nobody listens.
    if (!holds_within(std::chrono::seconds(30), is_listening))
      throw std::runtime_error("journald does not start");
  }

  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    (void)::waitpid(pid_, nullptr, 0);  // it was there
    pid_ = 0;
  }

  void rotate() const { ::kill(pid_, SIGUSR2); }
  void flush_to_var() const { ::kill(pid_, SIGUSR1); }

  static bool send(const std::string& message, const std::string& identifier = "test") {
    const auto text = "MESSAGE=" + message;
    const auto from = "SYSLOG_IDENTIFIER=" + identifier;
    const iovec parts[] = {{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()},
                           {.iov_base = const_cast<char*>(from.data()), .iov_len = from.size()}};
    return ::sd_journal_sendv(static_cast<const iovec*>(parts), 2) >= 0;
  }

 private:
  static bool is_listening() {
    const kgnode::UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  pid_t pid_ = 0;
};

}  // namespace test
