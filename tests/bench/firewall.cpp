/// Swaps of a large rule set against `nft -f` of the same text, in a network namespace of its own.
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <format>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/sys/nftables_real.hpp"
#include "hardening/firewall/compile.hpp"
#include "hardening/firewall/rules.hpp"
#include "hardening/firewall/text.hpp"
#include "tests/bench/figure.hpp"
#include "tests/bench/run.hpp"

using namespace kgnode;
using namespace kgnode::hardening::firewall;

namespace {

constexpr int kRounds = 15;
constexpr int kElements = 10'000;
constexpr double kBudgetMs = 100;

/// One opening for ten thousand addresses, none beside another.
Ruleset large_ruleset(int variant) {
  config::Config config;
  config.network = {.vrack = *parse_prefix("10.0.0.0/24"), .address = *parse_address("10.0.0.11")};
  config.k3s.cluster_cidr = *parse_prefix("10.42.0.0/16");
  config.k3s.service_cidr = *parse_prefix("10.43.0.0/16");
  config::Allow allow{.ports = *parse_port_range("9100/tcp")};
  for (int i = 0; i < kElements; ++i) {
    const auto n = static_cast<unsigned>(2 * i + 4 * variant);
    allow.from.push_back(make_host_prefix(
        {.bytes = {100, 64, static_cast<std::uint8_t>(n >> 8U), static_cast<std::uint8_t>(n)}}));
  }
  config.firewall.allow = {allow};
  return make_ruleset(config);
}

double median_ms(const std::function<bool(int)>& once) {
  std::vector<double> times;
  for (int round = 0; round < kRounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    if (!once(round)) return -1;
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  return bench::median(std::move(times));
}

}  // namespace

int main() {
  if (::unshare(CLONE_NEWNET) != 0) {
    std::perror("bench-firewall needs root");
    return 1;
  }
  auto nftables = sys::RealNftables::open();
  if (!nftables) return 1;
  const sys::nft::Table tables[] = {compile(large_ruleset(0)), compile(large_ruleset(1))};
  const double ours = median_ms(
      [&nftables, &tables](int round) { return nftables->replace(tables[round % 2]).has_value(); });
  const double whole = median_ms([&nftables](int round) {
    return nftables->replace(compile(large_ruleset(round % 2))).has_value();
  });
  const double check =
      median_ms([&nftables](int) { return nftables->inspect(kTable).has_value(); });
  nftables = sys::RealNftables::open();  // nobody's table now, so that nft may delete it
  bench::run({"nft", "delete", "table", "inet", "kgnode"});

  char path[] = "/tmp/bench-firewall-XXXXXX";
  UniqueFd file(::mkstemp(path));
  std::ofstream(path) << "table inet kgnode\ndelete table inet kgnode\n"
                      << to_nft_text(large_ruleset(0));
  const double nft = median_ms([&path](int) { return bench::run({"nft", "-f", path}) == 0; });
  ::unlink(path);

  if (ours <= 0 || nft <= 0) return 1;
  const bool kept = bench::report("firewall_swap_10000", ours, "ms", kBudgetMs);
  bench::report("firewall_swap_10000_with_compile", whole, "ms");
  bench::report("firewall_nft_f_10000", nft, "ms");
  bench::report("firewall_swap_ratio", nft / ours, "x");
  bench::report("firewall_check", check, "ms");
  return kept ? 0 : 1;
}
