/// What one look at the node costs, on the machine as it is: all that is read each 10 s, without
/// the question to process 1, which is asked each half minute.
#include "agent/health/health.hpp"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>

#include "agent/sys/files.hpp"
#include "agent/sys/gauges.hpp"
#include "tests/bench/figure.hpp"
#include "tests/support/fake_processes.hpp"
#include "tests/support/manual_timers.hpp"
#include "tests/support/run_task.hpp"

using namespace kgnode;
using namespace std::chrono_literals;

namespace {

constexpr int kLooks = 300;
constexpr double kBudgetMs = 2;

double processor_time() {
  rusage used{};
  (void)::getrusage(RUSAGE_SELF, &used);  // fails for an unknown subject only
  const auto seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec;
  const auto rest = used.ru_utime.tv_usec + used.ru_stime.tv_usec;
  return static_cast<double>(seconds) * 1e3 + static_cast<double>(rest) / 1e3;
}

}  // namespace

int main() {
  sys::RealFiles files;
  sys::RealGauges gauges;
  test::FakeProcesses processes;
  processes.answer = [](const sys::Command&) { return Result<sys::Output>(sys::Output{}); };
  test::ManualClock clock;
  health::Health domain(files, gauges, processes, clock);
  auto want = health::Health::desired({});
  want.expected.address = *parse_address("127.0.0.1");
  std::vector<double> spent;
  for (int look = 0; look < kLooks; ++look) {
    clock.steady_time += health::Health::kEach;
    clock.wall_time += health::Health::kEach;
    const auto before = processor_time();
    if (!test::run_task(domain.observe(want))) {
      std::println(stderr, "bench-health: the domain could not look");
      return 1;
    }
    spent.push_back(processor_time() - before);
  }
  const bool kept = bench::report("health_look_cpu", bench::median(spent), "ms", kBudgetMs);
  bench::report("health_look_cpu_most", std::ranges::max(spent), "ms");  // with all sockets
  return kept ? 0 : 1;
}
