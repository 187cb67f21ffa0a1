/// Counters of the kernel and reports of smartctl(8).
#include "storage/health.hpp"

#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "storage/judge.hpp"

namespace kgnode::storage {
namespace {

constexpr std::chrono::hours kBetweenReports{1};
constexpr std::chrono::seconds kLimit{10};
// Asking for a reservation, for the power mode and for health fails on disks that know none of it,
// and the reconciler looks at least every five minutes.
constexpr std::uint64_t kOwnQuestions = 16;

bool holds_system_or_data(const sys::BlockDevice& device) {
  return std::ranges::contains(device.mounts, "/") ||
         std::ranges::contains(device.mounts, kMountPoint);
}

/// Those that this machine can ask: another one's disks have no file here.
std::vector<sys::BlockDevice> watched(std::span<const sys::BlockDevice> devices) {
  std::vector<sys::BlockDevice> found;
  for (const auto& device : devices) {
    if (device.kind != sys::DeviceKind::disk || device.path.empty()) continue;
    if (std::ranges::any_of(built_on(devices, device), [](const sys::BlockDevice* above) {
          return holds_system_or_data(*above);
        }))
      found.push_back(device);
  }
  return found;
}

}  // namespace

CommandErrors judge_errors(const CommandErrors& before, const CommandErrors& now) {
  const auto grown = [](std::uint64_t from, std::uint64_t to) { return to > from ? to - from : 0; };
  const auto failed = grown(before.failed, now.failed);
  return {.failed = failed > kOwnQuestions ? failed : 0,
          .timed_out = grown(before.timed_out, now.timed_out)};
}

/// "0x1f" or "31"; none: there is no such counter.
Result<std::uint64_t> HealthWatch::read_number(const std::string& path) {
  const auto text = TRY(files_.read(path)).value_or("0");
  const auto number = trim(text);
  const bool is_hex = number.starts_with("0x");
  const auto value = parse_int<std::uint64_t>(is_hex ? number.substr(2) : number, is_hex ? 16 : 10);
  if (!value) return fail(Error::plain(std::format("{} has no number: {}", path, quote(number))));
  return *value;
}

Result<> HealthWatch::count(const std::string& disk, Known& known) {
  const auto folder = std::format("/sys/class/block/{}/device/", disk);
  const CommandErrors now{.failed = TRY(read_number(folder + "ioerr_cnt")),
                          .timed_out = TRY(read_number(folder + "iotmo_cnt"))};
  const auto fresh = judge_errors(known.seen.value_or(now), now);
  known.counted.failed += fresh.failed;
  known.counted.timed_out += fresh.timed_out;
  known.seen = now;
  return {};
}

Result<> HealthWatch::add_file_systems(std::span<const sys::BlockDevice> devices, Health& health) {
  for (const auto& device : devices) {
    if (!holds_system_or_data(device)) continue;
    const auto folder = std::format("/sys/fs/ext4/{}/", device.name);
    const auto errors = TRY(read_number(folder + "errors_count"));
    if (errors == 0) continue;
    const auto function = TRY(files_.read(folder + "last_error_func")).value_or("");
    health.file_systems.push_back(
        {.device = device.name, .count = errors, .function = printable(trim(function))});
  }
  return {};
}

Task<sys::SmartReport> HealthWatch::ask(std::string path) {
  const std::string program(kProgram);
  const auto there = files_.attributes(program);
  if (!there || !*there)
    co_return sys::SmartReport{.trouble = program + " is not installed (package smartmontools)"};
  sys::Command command{
      .argv = {program, "--json", "-n", "standby", "-i", "-H", "-A", std::move(path)},
      .limit = kLimit};
  const auto ran = co_await processes_.run(std::move(command));
  if (!ran) co_return sys::SmartReport{.trouble = ran.error().message()};
  auto report = sys::parse_smart_report(ran->out);
  if (!report) co_return sys::SmartReport{.trouble = report.error().message()};
  co_return *std::move(report);
}

Task<Health> HealthWatch::look(std::vector<sys::BlockDevice> devices) {
  Health health;
  const auto disks = watched(devices);
  std::erase_if(known_, [&disks](const auto& known) {
    return std::ranges::none_of(
        disks, [&known](const sys::BlockDevice& disk) { return describe(disk) == known.first; });
  });
  for (const auto& disk : disks) {
    auto& known = known_[describe(disk)];
    if (const auto counted = count(disk.name, known); !counted)
      health.trouble = counted.error().message();
    const auto now = clock_.monotonic();
    if (!known.asked || now - *known.asked >= kBetweenReports) {
      known.asked = now;
      auto report = co_await ask(disk.path);
      // What it said before it went to sleep still holds.
      const bool keeps = report.state == sys::SmartReport::State::asleep &&
                         known.smart.state == sys::SmartReport::State::told;
      if (!keeps) known.smart = std::move(report);
    }
    health.drives.push_back({disk.name, known.smart, known.counted});
  }
  if (const auto added = add_file_systems(devices, health); !added)
    health.trouble = added.error().message();
  co_return health;
}

}  // namespace kgnode::storage
