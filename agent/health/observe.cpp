/// One look at the node.
#include <algorithm>
#include <format>
#include <utility>

#include "agent/base/text.hpp"
#include "agent/health/health.hpp"
#include "agent/health/parse_proc.hpp"

namespace kgnode::health {
namespace {

using namespace std::chrono_literals;

// Asking process 1 and the tables of sockets costs more than all the rest.
constexpr auto kCloselyEach = 30s;
// A node with many connections; those that listen come first.
constexpr auto kContainer = "/run/systemd/container";
constexpr auto kMounts = "/proc/1/mountinfo";
constexpr std::size_t kMountsLimit = std::size_t{8} << 20;  // thousands of pods
constexpr std::size_t kSocketsLimit = std::size_t{4} << 20;

Error not_understood(const std::string& path) {
  return Error::plain(std::format("\"{}\" is not as expected", path));
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  const auto words = split_words(trim(text));
  return words.empty() ? std::nullopt : parse_int<std::uint64_t>(words.front());
}

}  // namespace

Result<std::string> Health::read(const std::string& path) {
  auto text = TRY(files_.read(path));
  if (!text) return fail(Error::plain(std::format("there is no \"{}\"", path)));
  return *std::move(text);
}

template <class Parse>
auto Health::read_as(const std::string& path, Parse parse)
    -> Result<typename decltype(parse(""))::value_type> {
  auto value = parse(TRY(read(path)));
  if (!value) return fail(not_understood(path));
  return *std::move(value);
}

Result<std::uint64_t> Health::read_number(const std::string& path) {
  return read_as(path, parse_count);
}

Result<std::optional<Interface>> Health::read_interface(const Address& address) {
  Interface seen{.name = TRY(gauges_.interface_of(address))};
  if (seen.name.empty()) return std::nullopt;
  const auto folder = std::format("/sys/class/net/{}/", seen.name);
  const auto text = TRY(read(folder + "flags"));
  const auto flags = trim(text);
  const auto bits = parse_int<unsigned>(flags.starts_with("0x") ? flags.substr(2) : flags, 16);
  if (!bits) return fail(not_understood(folder + "flags"));
  seen.up = (*bits & 1) != 0;
  // The kernel tells the carrier only of what is up.
  if (seen.up) seen.carrier = TRY(read_number(folder + "carrier")) == 1;
  for (const auto* name : {"rx_packets", "tx_packets"})
    seen.traffic.packets += TRY(read_number(folder + "statistics/" + name));
  for (const auto* name : {"rx_errors", "tx_errors", "rx_dropped", "tx_dropped"})
    seen.traffic.errors += TRY(read_number(folder + "statistics/" + name));
  return seen;
}

Result<std::vector<Listener>> Health::read_listeners(const Expected& want) {
  std::vector<Waiting> waiting;
  for (const auto& [name, protocol] : {std::pair{"tcp", Protocol::tcp},
                                       {"tcp6", Protocol::tcp},
                                       {"udp", Protocol::udp},
                                       {"udp6", Protocol::udp}}) {
    const auto text = TRY(files_.read(std::format("/proc/net/{}", name), kSocketsLimit));
    if (text) std::ranges::move(parse_sockets(*text, protocol), std::back_inserter(waiting));
  }
  std::vector<Listener> listeners;
  for (const auto& socket : waiting) {
    const bool expected = std::ranges::any_of(want.ports, [&socket](const PortRange& range) {
      return range.protocol == socket.port.protocol && range.first <= socket.port.first &&
             socket.port.first <= range.last;
    });
    // Looking through every process is for those alone that nobody expects.
    if (!expected) listeners.push_back({socket.port, gauges_.owner_of_socket(socket.inode)});
  }
  std::ranges::sort(listeners);
  listeners.erase(std::ranges::unique(listeners).begin(), listeners.end());
  return listeners;
}

Task<Result<std::vector<std::string>>> Health::list_failed_units() {
  auto output = co_await processes_.run({.argv = {"/usr/bin/systemctl", "list-units", "--failed",
                                                  "--plain", "--no-legend", "--no-pager"}});
  if (!output) co_return fail(std::move(output).error());
  if (output->status != 0)
    co_return fail(Error::plain(std::format("ask for failed units: {}", trim(output->err))));
  co_return parse_units(output->out);
}

/// As a helper of the time domain was told; in a container the clock is the host's.
std::optional<Result<ClockSeen>> Health::read_clock() {
  const auto container = files_.read(kContainer, sys::Files::kReadLimit);
  if (!container) return fail(Error(container.error()));
  if (*container) return std::nullopt;
  return read_as(kChronyAnswer, parse_chrony);
}

/// Of process 1: what is read-only for the agent alone is so by its sandbox.
Result<std::map<std::string, MountMode>> Health::read_modes(
    const std::vector<std::string>& mounts) {
  const auto text = TRY(files_.read(kMounts, kMountsLimit));
  if (!text) return fail(Error::plain(std::format("there is no \"{}\"", kMounts)));
  auto modes = parse_mount_modes(*text, mounts);
  const auto fstab = TRY(files_.read("/etc/fstab", sys::Files::kReadLimit));
  const auto wanted = parse_fstab(fstab.value_or(""));
  for (auto& [mount, mode] : modes) {
    const auto line = wanted.find(mount);
    // The root is mounted by the kernel or the initrd, as it is meant to be, unless somebody asks
    // for more.
    mode.meant = mode.meant || (line == wanted.end() ? mount == "/" : line->second);
  }
  return modes;
}

Readings Health::read_all(const Desired& want) {
  Readings now{.at = clock_.monotonic(), .wall = clock_.wall()};
  for (const auto& mount : want.mounts) now.spaces.emplace(mount, gauges_.space(mount));
  now.memory = read_as("/proc/meminfo", parse_meminfo);
  for (const auto* name : {"cpu", "io", "memory"})
    now.pressure.emplace(name, read_as(std::format("/proc/pressure/{}", name), parse_pressure));
  now.load = read_as("/proc/loadavg", parse_loadavg);
  now.processors = read_as("/proc/stat", parse_stat);
  now.oom_kills =
      read_as("/proc/vmstat", [](std::string_view text) { return parse_named(text, "oom_kill"); });
  now.clock = read_clock();
  now.interface = read_interface(want.expected.address);
  now.taint = read_number("/proc/sys/kernel/tainted");
  now.modes = read_modes(want.mounts);
  now.sensors = read_sensors();
  now.meters = read_meters();
  if (!want.request_counter.empty()) now.requests = read_number(want.request_counter);
  return now;
}

Task<Result<Health::Observed>> Health::observe(const Desired& want) {
  auto now = read_all(want);
  if (!looked_closely_ || now.at - *looked_closely_ >= kCloselyEach || !readings_) {
    looked_closely_ = now.at;
    now.listeners = read_listeners(want.expected);
    now.failed_units = co_await list_failed_units();
  } else {
    now.listeners = readings_->listeners;
    now.failed_units = readings_->failed_units;
  }
  events_ = note_events(events_, readings_ ? &*readings_ : nullptr, now);
  if (readings_) energy_ = add_energy(energy_, *readings_, now, want.grid_intensity);
  checks_ = tracker_.settle(judge(want.expected, now, events_), now.at);
  readings_ = std::move(now);
  co_return Observed{.checks = checks_, .energy = energy_};
}

}  // namespace kgnode::health
