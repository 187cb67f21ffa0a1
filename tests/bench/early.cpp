/// How long a booting node waits for its closed firewall: `kgnode early` as a process, in a network
/// namespace that has never seen a table, as at boot.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "agent/sys/nftables_real.hpp"
#include "hardening/firewall/model.hpp"
#include "tests/bench/figure.hpp"

using namespace kgnode;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kRounds = 41;
constexpr int kLimitMs = 5000;
constexpr double kBudgetMs = 20;

struct Times {
  double closed = 0;  // until the kernel tells that the table is there
  double ended = 0;   // until systemd would start what comes next
  double cpu = 0;
};

double since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::optional<pid_t> start(const std::string& program) {
  std::string words[] = {program, "early"};
  char* argv[] = {words[0].data(), words[1].data(), nullptr};
  pid_t pid = 0;
  if (::posix_spawn(&pid, argv[0], nullptr, nullptr, argv, environ) != 0) return std::nullopt;
  return pid;
}

/// Until the kernel announces the table, which it does when the transaction is in force.
bool wait_for_table(sys::NftablesWatch& watch) {
  pollfd waiting{.fd = watch.fd(), .events = POLLIN};
  while (::poll(&waiting, 1, kLimitMs) == 1) {
    if (watch.drain().value_or(false)) return true;
  }
  return false;
}

std::optional<Times> measure(const std::string& program) {
  if (::unshare(CLONE_NEWNET) != 0) return std::nullopt;
  auto watch = sys::NftablesWatch::open(std::string(hardening::firewall::kTable), 0);
  if (!watch) return std::nullopt;
  Times times;
  const auto begin = Clock::now();
  const auto pid = start(program);
  if (!pid || !wait_for_table(*watch)) return std::nullopt;
  times.closed = since(begin);
  int status = 0;
  rusage used{};
  if (::wait4(*pid, &status, 0, &used) != *pid || status != 0) return std::nullopt;
  times.ended = since(begin);
  const auto seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec;
  const auto rest = used.ru_utime.tv_usec + used.ru_stime.tv_usec;
  times.cpu = static_cast<double>(seconds) * 1e3 + static_cast<double>(rest) / 1e3;
  return times;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string program = argc > 1 ? argv[1] : "build/kgnode";
  std::vector<double> closed;
  std::vector<double> ended;
  std::vector<double> cpu;
  for (int round = 0; round < kRounds; ++round) {
    const auto times = measure(program);
    if (!times) {
      std::println(stderr, "bench-early: \"{}\" closed nothing; this needs root", program);
      return 1;
    }
    closed.push_back(times->closed);
    ended.push_back(times->ended);
    cpu.push_back(times->cpu);
  }
  const bool kept = bench::report("early_closed", bench::median(closed), "ms", kBudgetMs);
  bench::report("early_closed_fastest", std::ranges::min(closed), "ms");
  bench::report("early_ended", bench::median(ended), "ms");
  bench::report("early_cpu", bench::median(cpu), "ms");
  return kept ? 0 : 1;
}
