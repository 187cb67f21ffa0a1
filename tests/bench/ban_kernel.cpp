/// What one ban costs the kernel and the store, alone and beside 50 000 others, and how long it
/// takes to restore those. Prints "name value unit" lines. Runs in a network namespace of its own.
/// The figures of `kgnode early` are of build/kgnode, or of the program given as an argument.
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
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

using namespace kgnode;
using namespace kgnode::hardening;
using ban::Ban;
using ban::KernelSets;
using ban::NewBan;
using ban::Store;

namespace {

constexpr unsigned kBans = 50'000;
constexpr int kSingles = 2000;
constexpr int kRounds = 9;

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
      std::println(stderr, "bench-ban_kernel: a step failed");
      std::exit(1);
    }
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::ranges::sort(times);
  return times;
}

double median(const std::vector<double>& times) { return times[times.size() / 2]; }

double print_us(std::string_view name, const std::vector<double>& times) {
  std::println("{}_us {:.1f} us", name, median(times));
  std::println("{}_p95_us {:.1f} us", name, times[times.size() * 95 / 100]);
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
  std::println("ban_restore_50000_peak_memory {:.1f} MiB", (peak() - before) / (1 << 20));
  return restored ? 0 : 1;
}

double kernel_memory() {
  return read_kib("/proc/meminfo", "Slab:") + read_kib("/proc/meminfo", "VmallocUsed:");
}

void bench_kernel(sys::Nftables& nftables) {
  KernelSets sets(nftables);
  if (!sets.fill({}, {}, {}, now())) return;
  const auto one = [&sets](unsigned first) {
    return [&sets, first](int round) {
      return sets.add(std::vector{make_ban(first + static_cast<unsigned>(round))}, now())
          .has_value();
    };
  };
  const double empty = print_us("ban_kernel_one_in_empty", time_us(kSingles, one(1'000'000)));
  const auto bans = make_bans(0, kBans);
  const auto before = kernel_memory();
  if (!sets.fill({}, bans, {}, now())) return;
  std::println("ban_kernel_memory_per_ban {:.0f} B", (kernel_memory() - before) / kBans);
  const double full = print_us("ban_kernel_one_in_50000", time_us(kSingles, one(2'000'000)));
  std::println("ban_kernel_one_ratio {:.2f} x", full / empty);
}

void bench_store(const std::string& path) {
  Store store(path);
  const auto commit = [&store](unsigned first, unsigned count) {
    return store.commit(with_lines(make_bans(first, count)), now()).has_value();
  };
  const auto one = [&commit](unsigned first) {
    return [&commit, first](int round) { return commit(first + static_cast<unsigned>(round), 1); };
  };
  print_us("ban_store_one_in_empty", time_us(kSingles, one(1'000'000)));
  for (unsigned first = 0; first < kBans; first += 1000) commit(first, 1000);
  print_us("ban_store_one_in_50000", time_us(kSingles, one(2'000'000)));
  Prefix source = make_ban(77).source;
  print_us("ban_store_find", time_us(kSingles, [&store, &source](int) {
             return store.find(source, now()).has_value();
           }));
}

int run(std::vector<std::string> argv) {
  std::vector<char*> words;
  for (auto& word : argv) words.push_back(word.data());
  words.push_back(nullptr);
  pid_t pid = 0;
  int status = 0;
  if (::posix_spawnp(&pid, words[0], nullptr, nullptr, words.data(), environ) != 0) return -1;
  return ::waitpid(pid, &status, 0) == pid ? status : -1;
}

/// A table that is made anew each time: what a boot finds.
void bench_restore(const std::string& path) {
  const auto fresh = [] {
    run({"nft", "delete", "table", "inet", "kgnode"});
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
  std::ranges::sort(whole);
  std::println("ban_restore_50000_ms {:.1f} ms", median(whole) / 1000);
  Store store(path);
  const auto load = time_us(kRounds, [&store](int) {
    const auto bans = store.load(now());
    return bans && bans->size() >= kBans;
  });
  std::println("ban_store_load_50000_ms {:.1f} ms", median(load) / 1000);
  std::println("ban_store_bytes_per_ban {:.0f} B",
               static_cast<double>(std::filesystem::file_size(path)) / (kBans + 2 * kSingles));
}

void bench_early(const std::string& kgnode) {
  const auto early = [&kgnode](int) { return run({kgnode, "early"}) == 0; };
  const std::filesystem::path store = Store::kPath;
  if (::access(kgnode.c_str(), X_OK) != 0 || std::filesystem::exists(store)) return;
  std::println("ban_early_without_bans_ms {:.1f} ms", median(time_us(kRounds, early)) / 1000);
  std::filesystem::create_directories(store.parent_path());
  {
    Store filled(store);
    for (unsigned first = 0; first < kBans; first += 1000)
      (void)filled.commit(with_lines(make_bans(first, 1000)), now());
  }
  const auto times = time_us(kRounds, [&early](int) {
    run({"nft", "delete", "table", "inet", "kgnode"});
    return early(0);
  });
  std::println("ban_early_with_50000_ms {:.1f} ms", median(times) / 1000);
  for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(store.string() + suffix);
}

}  // namespace

int main(int argc, char** argv) {
  if (::unshare(CLONE_NEWNET) != 0) {
    std::perror("bench-ban_kernel needs root");
    return 1;
  }
  if (argc == 3 && std::string_view(argv[1]) == "--peak") return print_peak(argv[2]);
  char folder[] = "/tmp/bench-ban-XXXXXX";
  if (::mkdtemp(folder) == nullptr) return 1;
  const auto path = std::string(folder) + "/bans.db";
  {
    auto nftables = sys::RealNftables::open();
    if (!nftables || !load_closed_firewall(*nftables)) return 1;
    bench_kernel(*nftables);
  }
  bench_store(path);
  bench_restore(path);
  run({"/proc/self/exe", "--peak", path});
  std::filesystem::remove_all(folder);
  bench_early(argc > 1 ? argv[1] : "build/kgnode");
  return 0;
}
