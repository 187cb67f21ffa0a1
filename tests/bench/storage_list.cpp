/// Listing 64 disks, four with a table and a partition, the others blank.
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <fstream>
#include <print>
#include <string>
#include <vector>

#include "agent/sys/real_disks.hpp"
#include "tests/bench/figure.hpp"
#include "tests/support/attach_loop.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode;

namespace {

constexpr int kDisks = 64;
constexpr int kRounds = 15;
constexpr double kBudgetMs = 200;
constexpr std::uintmax_t kSize = std::uintmax_t{1} << 30;
const sys::TablePlan kTable{.disk_uuid = "11111111-2222-4333-8444-555555555555",
                            .partition_uuid = "66666666-7777-4888-9999-aaaaaaaaaaaa",
                            .partition_label = "kgnode-data"};

std::vector<test::AttachedLoop> attach(const test::TempDir& folder) {
  std::vector<test::AttachedLoop> disks;
  for (int i = 0; i < kDisks; ++i) {
    const auto image = folder / std::format("disk-{}", i);
    std::ofstream(image).close();
    std::filesystem::resize_file(image, kSize);
    auto disk = test::attach_loop(image);
    if (!disk) break;
    disks.push_back(*std::move(disk));
  }
  return disks;
}

/// Of this process: what a busy machine does not change.
double cpu_ms() {
  rusage used{};
  (void)::getrusage(RUSAGE_SELF, &used);  // fails for an unknown target only
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): a benchmark may end so
int main() {
  const test::TempDir folder;
  const auto attached = attach(folder);
  if (attached.empty()) {
    std::println(stderr, "bench-storage_list needs root and loop devices");
    return 1;
  }
  sys::RealDisks disks;
  for (std::size_t i = 0; i < attached.size(); i += 16) {
    const auto path = "/dev/" + attached[i].name;
    const auto written = disks.write_table(path, kTable);
    if (!written) std::println(stderr, "{}", written.error().message());
    if (!written) return 1;
  }
  std::vector<double> times;
  std::size_t devices = 0;
  const double cpu = cpu_ms();
  for (int round = 0; round < kRounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    const auto listed = disks.list();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
    if (!listed) return 1;
    devices = listed->size();
  }
  bench::report("storage_list_disks", static_cast<double>(attached.size()), "disks");
  bench::report("storage_list_devices", static_cast<double>(devices), "devices");
  bench::report("storage_list_cpu", (cpu_ms() - cpu) / kRounds, "ms");
  return bench::report("storage_list_64", bench::median(times), "ms", kBudgetMs) ? 0 : 1;
}
