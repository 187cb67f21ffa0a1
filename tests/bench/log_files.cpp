/// Lines of log files through the follower. Prints "name value unit" lines.
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <format>
#include <fstream>
#include <print>
#include <string>
#include <vector>

#include "agent/sys/real_file_follower.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode::sys;

namespace {

constexpr int kLines = 200'000;  // about 40 MB
constexpr int kFiles = 100;
constexpr int kPolls = 20'000;

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <class T>
T must(kgnode::Result<T> result) {
  if (result) return *std::move(result);
  std::println(stderr, "{}", result.error().message());
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread
}

std::size_t drain(RealFileFollower& follower) {
  std::size_t lines = 0;
  for (bool more = true; more;) {
    const auto batch = must(follower.poll(500));
    lines += batch.lines.size();
    more = batch.more;
  }
  return lines;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): a benchmark may end so
int main() {
  const test::TempDir folder;
  for (int i = 0; i < kFiles; ++i) std::ofstream(folder / std::format("{}.log", i)) << "first\n";
  const std::vector<std::string> patterns{folder / "*.log"};
  auto follower = must(RealFileFollower::open(patterns, std::nullopt));
  (void)drain(follower);

  std::ofstream log(folder / "0.log", std::ios::app);
  for (int i = 0; i < kLines; ++i) {
    log << std::format(
               "203.0.113.{} - - [24/Nov/2026:18:00:{:02} +0000] \"GET /item/{} HTTP/1.1\" ",
               i % 250, i % 60, i)
        << "404 146 \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\" 231 0.004 [shop-web-80] [] "
           "10.42.0.17:8080 146 0.004 404 "
        << std::format("{:032x}\n", i);
  }
  log.close();
  auto before = cpu_seconds();
  const auto lines = drain(follower);
  std::println("file_lines_read {}", lines);
  std::println("file_lines_per_cpu_second {:.0f}",
               static_cast<double>(lines) / (cpu_seconds() - before));

  before = cpu_seconds();
  for (int i = 0; i < kPolls; ++i) (void)must(follower.poll(500));
  std::println("file_poll_for_nothing {:.2f} us", (cpu_seconds() - before) * 1e6 / kPolls);
  before = cpu_seconds();
  for (int i = 0; i < kPolls / 100; ++i) (void)follower.positions();
  std::println("file_positions_of_{} {:.2f} us", kFiles, (cpu_seconds() - before) * 1e8 / kPolls);
  std::ofstream(folder / "new.log") << "first\n";
  before = cpu_seconds();
  (void)drain(follower);
  std::println("file_scan_of_{} {:.2f} ms", kFiles, (cpu_seconds() - before) * 1e3);
}
