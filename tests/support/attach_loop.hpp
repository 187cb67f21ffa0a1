#pragma once
/// A loop device for a file; the kernel lets go of it with the descriptor, however the program
/// ends.
#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

#include <format>
#include <optional>
#include <string>

#include "agent/base/unique_fd.hpp"

namespace test {

struct AttachedLoop {
  std::string name;
  kgnode::UniqueFd fd;
};

/// nullopt: there is no free loop device to be had.
inline std::optional<AttachedLoop> attach_loop(const std::string& image, unsigned sector = 512) {
  const kgnode::UniqueFd file(::open(image.c_str(), O_RDWR | O_CLOEXEC));
  const kgnode::UniqueFd control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
  loop_config config{};
  config.fd = static_cast<unsigned>(file.get());
  config.block_size = sector;
  config.info.lo_flags = LO_FLAGS_PARTSCAN | LO_FLAGS_AUTOCLEAR;
  // Somebody else may be faster, but not always.
  for (int attempt = 0; attempt < 100; ++attempt) {
    const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
    if (number < 0) break;
    auto name = std::format("loop{}", number);
    kgnode::UniqueFd device(::open(("/dev/" + name).c_str(), O_RDWR | O_CLOEXEC));
    if (device && ::ioctl(device.get(), LOOP_CONFIGURE, &config) == 0)
      return AttachedLoop{.name = std::move(name), .fd = std::move(device)};
  }
  return std::nullopt;
}

}  // namespace test
