/// Which boot this is.
#include "agent/sys/boot.hpp"

#include <time.h>

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

}  // namespace kgnode::sys
