/// What one ban costs the kernel and the store, alone and beside 50 000 others, and how long it
/// takes to restore those. Runs in a network namespace of its own.
///
/// Without arguments it measures what concerns nobody but us. The rest is for node/ban.sh, which
/// compares:
///
///   bench-ban one
///   bench-ban store BANS FILE
///   bench-ban log LINES FILE
///
/// one ban in the kernel, a store of bans, a log.
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <format>
#include <fstream>
#include <functional>
#include <print>
#include <string>
#include <vector>

#include "agent/base/text.hpp"
#include "agent/early.hpp"
#include "agent/sys/nftables_real.hpp"
#include "hardening/ban/kernel_sets.hpp"
#include "hardening/ban/store.hpp"
#include "hardening/firewall/firewall.hpp"
#include "tests/bench/ban_log.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/run.hpp"

using namespace kgnode;
using namespace kgnode::hardening;
using ban::Ban;
using ban::KernelSets;
using ban::NewBan;
using ban::Store;
using bench::median;
using bench::report;

namespace {

constexpr unsigned kBans = 50'000;
constexpr int kSingles = 2000;
constexpr int kRounds = 9;
constexpr double kFlat = 1.5;  // as fast in a full set as in an empty one; the rest is noise

ban::Time now() { return std::chrono::system_clock::now(); }

/// Half IPv4 addresses, half IPv6 /64, scattered.
Ban make_ban(unsigned number) {
  const auto scattered = number * 2654435761U;
  const auto byte = [scattered](unsigned shift) {
    return static_cast<std::uint8_t>(scattered >> shift);
  };
  Ban out{.jail = "sshd", .since = now(), .until = now() + std::chrono::hours(1)};
  if (number % 2 == 0) {
    out.source = make_host_prefix({.bytes = {byte(24), byte(16), byte(8), byte(0)}});
  } else {
    out.source = make_prefix({.family = Family::ipv6,
                              .bytes = {0x20, 1, 0x0d, 0xb8, byte(24), byte(16), byte(8), byte(0)}},
                             64);
  }
  return out;
}

std::vector<Ban> make_bans(unsigned first, unsigned count) {
  std::vector<Ban> bans;
  for (unsigned i = first; i < first + count; ++i) bans.push_back(make_ban(i));
  return bans;
}

std::vector<NewBan> with_lines(const std::vector<Ban>& bans) {
  std::vector<NewBan> all;
  for (const auto& one : bans) {
    all.push_back({one, std::vector<std::string>(
                            5, std::format("Failed password for invalid user admin from {} port "
                                           "50022 ssh2",
                                           to_string(one.source.network)))});
  }
  return all;
}

using Work = std::function<bool(int)>;

std::vector<double> time_us(int rounds, const Work& work) {
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    if (!work(round)) {
      std::println(stderr, "bench ban: a step failed");
      std::exit(1);  // NOLINT(concurrency-mt-unsafe): no other thread
    }
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::ranges::sort(times);
  return times;
}

double report_times(const std::string& name, const std::vector<double>& times) {
  report(name, median(times), "us");
  report(name + "_p95", times[times.size() * 95 / 100], "us");
  return median(times);
}

/// "VmRSS:   1234 kB" and the like, in bytes.
double read_kib(const std::string& file, std::string_view key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto words = split_words(line);
    if (words.size() >= 2 && words[0] == key) return 1024.0 * parse_int<int>(words[1]).value_or(0);
  }
  return 0;
}

/// The most that restoring takes, in a process that does nothing else.
int print_peak(const std::string& path) {
  const auto peak = [] { return read_kib("/proc/self/status", "VmHWM:"); };
  auto nftables = sys::RealNftables::open();
  if (!nftables || !load_closed_firewall(*nftables)) return 1;
  const double before = peak();
  Store store(path);
  const auto restored = restore_bans(*nftables, store, now());
  report("ban_restore_50000_peak_memory", (peak() - before) / (1 << 20), "MiB");
  return restored ? 0 : 1;
}

double kernel_memory() {
  return read_kib("/proc/meminfo", "Slab:") + read_kib("/proc/meminfo", "VmallocUsed:");
}

/// False: one in a full set takes longer than in an empty one.
bool bench_one(sys::Nftables& nftables) {
  KernelSets sets(nftables);
  if (!sets.fill({}, {}, {}, now())) return false;
  const auto one = [&sets](unsigned first) {
    return [&sets, first](int round) {
      return sets.add(std::vector{make_ban(first + static_cast<unsigned>(round))}, now())
          .has_value();
    };
  };
  const double empty = report_times("ban_one_in_empty_kgnode", time_us(kSingles, one(1'000'000)));
  const auto bans = make_bans(0, kBans);
  const auto before = kernel_memory();
  if (!sets.fill({}, bans, {}, now())) return false;
  report("ban_kernel_memory_per_ban", (kernel_memory() - before) / kBans, "B");
  const double full = report_times("ban_one_in_50000_kgnode", time_us(kSingles, one(2'000'000)));
  return report("ban_one_50000_to_empty_kgnode", full / empty, "x", kFlat);
}

bool fill(Store& store, unsigned count) {
  for (unsigned first = 0; first < count; first += 1000) {
    const auto batch = std::min(1000U, count - first);
    if (!store.commit(with_lines(make_bans(first, batch)), now())) return false;
  }
  return true;
}

void bench_store(const std::string& path) {
  Store store(path);
  const auto commit = [&store](unsigned first, unsigned count) {
    return store.commit(with_lines(make_bans(first, count)), now()).has_value();
  };
  const auto one = [&commit](unsigned first) {
    return [&commit, first](int round) { return commit(first + static_cast<unsigned>(round), 1); };
  };
  report_times("ban_store_one_in_empty", time_us(kSingles, one(1'000'000)));
  if (!fill(store, kBans)) return;
  report_times("ban_store_one_in_50000", time_us(kSingles, one(2'000'000)));
  Prefix source = make_ban(77).source;
  report_times("ban_store_find", time_us(kSingles, [&store, &source](int) {
                 return store.find(source, now()).has_value();
               }));
}

/// A table that is made anew each time: what a boot finds.
void bench_restore(const std::string& path) {
  const auto fresh = [] {
    bench::run({"nft", "destroy", "table", "inet", "kgnode"});
    auto nftables = sys::RealNftables::open();
    (void)load_closed_firewall(*nftables);
    return *std::move(nftables);
  };
  std::vector<double> whole;
  for (int round = 0; round < kRounds; ++round) {
    auto nftables = fresh();
    Store store(path);
    whole.push_back(time_us(1, [&nftables, &store](int) {
                      return restore_bans(nftables, store, now()).value_or(0) >= kBans;
                    }).front());
  }
  report("ban_restore_50000_in_process", median(whole) / 1000, "ms");
  Store store(path);
  const auto load = time_us(kRounds, [&store](int) {
    const auto bans = store.load(now());
    return bans && bans->size() >= kBans;
  });
  report("ban_store_load_50000", median(load) / 1000, "ms");
  report("ban_store_bytes_per_ban",
         static_cast<double>(std::filesystem::file_size(path)) / (kBans + 2 * kSingles), "B");
}

/// All that is not compared with anybody.
int bench_ours() {
  char folder[] = "/tmp/bench-ban-XXXXXX";
  if (::mkdtemp(folder) == nullptr) return 1;
  const auto path = std::string(folder) + "/bans.db";
  bench_store(path);
  bench_restore(path);
  const int status = bench::run({"/proc/self/exe", "peak", path});
  std::filesystem::remove_all(folder);
  return status;
}

int bench_one() {
  auto nftables = sys::RealNftables::open();
  if (!nftables || !load_closed_firewall(*nftables)) return 1;
  return bench_one(*nftables) ? 0 : 1;
}

int write_store(unsigned count, const std::string& path) {
  Store store(path);
  return fill(store, count) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto count = words.size() == 3 ? parse_int<int>(words[1]).value_or(0) : 0;
  if (count > 0 && words[0] == "log") return bench::write_log(count, words[2]) ? 0 : 1;
  if (count > 0 && words[0] == "store") return write_store(static_cast<unsigned>(count), words[2]);
  if (::unshare(CLONE_NEWNET) != 0) {
    std::perror("bench ban needs root");
    return 1;
  }
  if (words.size() == 2 && words[0] == "peak") return print_peak(words[1]);
  if (words.size() == 1 && words[0] == "one") return bench_one();
  return bench_ours();
}
