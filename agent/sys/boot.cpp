/// Which boot this is.
#include "agent/sys/boot.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "agent/base/text.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::sys {

Result<std::string> read_boot_id() {
  RealFiles files;
  const auto text = TRY(files.read("/proc/sys/kernel/random/boot_id", 64));
  if (!text) return fail(Error::plain("the kernel tells no boot id"));
  return std::string(trim(*text));
}

std::chrono::milliseconds read_boot_time() {
  timespec now{};
  (void)::clock_gettime(CLOCK_BOOTTIME, &now);  // fails for an unknown clock only
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

Result<std::chrono::milliseconds> read_start_of_init() {
  RealFiles files;
  const auto stat = TRY(files.read("/proc/1/stat", 4096));
  const auto ticks = parse_start_ticks(stat.value_or(""));
  if (!ticks) return fail(Error::plain("/proc/1/stat does not tell when process 1 was started"));
  const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return std::chrono::milliseconds(*ticks * 1000 / per_second);
}

std::optional<std::uint64_t> parse_start_ticks(std::string_view stat) {
  constexpr std::size_t kField =
      19;  // proc_pid_stat(5): the 22nd, and two stand before the name's end
  // The name may hold anything, blanks and brackets too.
  const auto words = split_words(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
  return words.size() > kField ? parse_int<std::uint64_t>(words[kField]) : std::nullopt;
}

}  // namespace kgnode::sys
