/// From a line that is written to an entry that can be read; what reading and an open journal cost.
/// Prints "name value unit" lines. With the argument "system" on a machine where systemd runs:
/// its own journal, and the time from line to entry only.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <format>
#include <fstream>
#include <functional>
#include <print>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "agent/base/text.hpp"
#include "agent/sys/log_wakeup.hpp"
#include "agent/sys/loop.hpp"
#include "agent/sys/real_journal.hpp"
#include "tests/kernel/journald.hpp"

using namespace kgnode::sys;
using namespace std::chrono_literals;
using test::Journald;

namespace {

constexpr int kLines = 100;
constexpr int kEntries = 150'000;  // about 100 MB
constexpr const char* kIdentifier = "kgnode-bench";

std::int64_t now_ns() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmRSS:")) continue;
    return static_cast<double>(
               kgnode::parse_int<long>(kgnode::split_words(line).at(1)).value_or(0)) /
           1024;
  }
  return 0;
}

template <class T>
T must(kgnode::Result<T> result) {
  if (result) return kgnode::take(std::move(result));
  std::println(stderr, "{}", result.error().message());
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread
}

RealJournal open_journal(std::vector<JournalMatch> matches) {
  return must(RealJournal::open({.matches = std::move(matches), .folder = ""}));
}

std::vector<JournalMatch> sshd_and_k3s() {
  return {{{"_UID", {"0"}}, {"SYSLOG_IDENTIFIER", {"sshd", "sshd-session", "sshd-auth"}}},
          {{"_SYSTEMD_UNIT", {"k3s.service"}}}};
}

/// Writes lines as sshd does, each with the time at which it was written. Not through /dev/log:
/// that is the machine's.
pid_t start_writer(int lines, std::chrono::milliseconds pause) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/dev-log"};
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ::_exit(1);
  for (int i = 0; i < lines; ++i) {
    std::this_thread::sleep_for(pause + std::chrono::milliseconds(i * 7 % 31));
    const auto line = std::format("<38>{}[{}]: {}", kIdentifier, ::getpid(), now_ns());
    if (::send(fd, line.data(), line.size(), 0) < 0) ::_exit(1);
  }
  ::_exit(0);
}

/// The reader as the agent has it.
struct Agent {
  explicit Agent(bool with_wakeup) {
    must(journal.seek_since(std::chrono::system_clock::now()));
    if (with_wakeup) {
      must(wakeup.start());
      if (!wakeup.finding().empty()) std::println(stderr, "{}", wakeup.finding());
      loop.on_readable(wakeup.fd(), [this] { wakeup.on_readable(); });
    }
    loop.on_readable(journal.fd(), [this] { look(); });
  }
  void look() {
    ++looks;
    (void)must(journal.process());
    while (const auto entry = must(journal.next())) {
      const auto written = kgnode::parse_int<std::int64_t>(entry->message).value_or(0);
      delays.push_back(static_cast<double>(now_ns() - written) / 1e6);
    }
    if (delays.size() >= wanted) loop.stop();
  }
  void run_for(std::chrono::milliseconds limit) {
    loop.context().restart();
    loop.after(limit, [this] { loop.stop(); });
    loop.run();
  }

  Loop loop;
  RealJournal journal = open_journal({{{"SYSLOG_IDENTIFIER", {kIdentifier}}}});
  LogWakeup wakeup{loop, [this] { look(); }};
  std::vector<double> delays;
  std::size_t wanted = SIZE_MAX;
  int looks = 0;
};

void measure_delay(const char* name, bool with_wakeup, int lines) {
  Agent agent(with_wakeup);
  agent.wanted = static_cast<std::size_t>(lines);
  const auto writer = start_writer(lines, 10ms);
  agent.run_for(60s);
  (void)::waitpid(writer, nullptr, 0);
  auto& delays = agent.delays;
  std::ranges::sort(delays);
  if (delays.empty()) return std::println("{}_found 0 lines", name);
  std::println("{}_found {} lines", name, delays.size());
  std::println("{}_median {:.2f} ms", name, delays[delays.size() / 2]);
  std::println("{}_p95 {:.2f} ms", name, delays[delays.size() * 95 / 100]);
  std::println("{}_max {:.2f} ms", name, delays.back());
}

void measure_idle() {
  Agent agent(true);
  agent.run_for(1s);
  agent.looks = 0;
  auto before = cpu_seconds();
  agent.run_for(10s);
  std::println("journal_idle_cpu {:.4f} % of a core", (cpu_seconds() - before) * 10);
  std::println("journal_idle_looks {} in 10 s", agent.looks);
  const pid_t writer = start_writer(1000, 85ms);  // 10 lines a second
  before = cpu_seconds();
  agent.run_for(10s);
  std::println("journal_10_lines_per_second_cpu {:.4f} % of a core", (cpu_seconds() - before) * 10);
  ::kill(writer, SIGKILL);
  (void)::waitpid(writer, nullptr, 0);
}

/// One line in five is of sshd, the others are of a busy K3s.
void fill() {
  for (int i = 0; i < kEntries; ++i) {
    const bool is_ssh = i % 5 == 0;
    const auto text =
        is_ssh ? std::format(
                     "Failed password for invalid user admin{} from 198.51.100.{} port {} ssh2",
                     i % 1000, i % 250, 20'000 + i % 40'000)
               : std::format(
                     "I1124 18:00:{:02}.{:06} 1234 reconciler.go:{}] \"operation started\" "
                     "volume={} uid={}",
                     i % 60, i % 999'983, i % 900, i, i * 7);
    while (!Journald::send(text, is_ssh ? "sshd-session" : "k3s")) std::this_thread::sleep_for(1ms);
  }
}

double drain(RealJournal& journal, const std::function<void()>& each, std::size_t& count) {
  const auto before = cpu_seconds();
  (void)must(journal.process());
  while (must(journal.next())) {
    each();
    ++count;
  }
  return cpu_seconds() - before;
}

void measure_reading() {
  const double empty = resident_mib();
  auto journal = open_journal(sshd_and_k3s());
  (void)must(journal.process());
  must(journal.seek_since(std::chrono::system_clock::now()));
  (void)must(journal.next());
  std::println("journal_100mb_open_resident {:.1f} MiB", resident_mib() - empty);

  std::size_t count = 0;
  auto plain = open_journal(sshd_and_k3s());
  double seconds = drain(plain, [] {}, count);
  std::println("journal_entries_per_cpu_second {:.0f}", static_cast<double>(count) / seconds);
  std::println("journal_entries_read {}", count);
  std::println("journal_100mb_read_resident {:.1f} MiB", resident_mib() - empty);

  count = 0;
  auto with_fields = open_journal(sshd_and_k3s());
  const auto ask = [&with_fields] {
    for (const auto* name : {"_UID", "_COMM", "_EXE", "_SYSTEMD_UNIT", "_PID", "SYSLOG_IDENTIFIER"})
      (void)must(with_fields.field(name));
  };
  seconds = drain(with_fields, ask, count);
  std::println("journal_entries_with_6_fields_per_cpu_second {:.0f}",
               static_cast<double>(count) / seconds);

  constexpr int kLooks = 200'000;
  const auto before = cpu_seconds();
  for (int i = 0; i < kLooks; ++i) {
    (void)must(plain.process());
    (void)must(plain.next());
  }
  std::println("journal_look_for_nothing {:.2f} us", (cpu_seconds() - before) * 1e6 / kLooks);
  const auto cursor = must(plain.cursor());
  const auto start = cpu_seconds();
  (void)must(plain.seek(cursor));
  std::println("journal_seek_cursor {:.2f} ms", (cpu_seconds() - start) * 1e3);
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): a benchmark may end so
int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "system") {
    measure_delay("line_to_entry", true, kLines);
    measure_delay("line_to_entry_without_wakeup", false, 20);
    measure_idle();
    return 0;
  }
  if (!Journald::is_possible()) {
    std::println(stderr, "bench journal: needs root and the build root: ./dev bench journal");
    return 1;
  }
  const Journald journald("Storage=volatile\nRuntimeMaxUse=400M\n");
  measure_delay("line_to_entry", true, kLines);
  measure_delay("line_to_entry_without_wakeup", false, 20);
  measure_idle();
  fill();
  measure_reading();
}
