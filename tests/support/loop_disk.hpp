#pragma once
/// Disks that are files: loop devices that go away with the test, however it ends.
#include <linux/fs.h>
#include <unistd.h>

#include <filesystem>
#include <format>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/unique_fd.hpp"
#include "agent/sys/loop.hpp"
#include "agent/sys/real_disks.hpp"
#include "agent/sys/real_process.hpp"
#include "agent/sys/sha256.hpp"
#include "tests/support/attach_loop.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

inline kgnode::sys::Output run_command(std::vector<std::string> argv) {
  kgnode::sys::Loop loop;
  kgnode::sys::RealProcesses processes(loop);
  std::optional<kgnode::Result<kgnode::sys::Output>> output;
  kgnode::spawn(processes.run({.argv = std::move(argv), .limit = std::chrono::minutes(1)}),
                [&output, &loop](kgnode::Result<kgnode::sys::Output> result) {
                  output = std::move(result);
                  loop.stop();
                });
  if (!output) loop.run();
  if (!*output) return {.status = -1, .err = output->error().message()};
  return **std::move(output);
}

inline std::string must_run(std::vector<std::string> argv) {
  INFO(argv.front());
  auto output = run_command(std::move(argv));
  INFO(output.err << output.out);
  REQUIRE(output.status == 0);
  return output.out;
}

/// SHA-256 of size and content, where holes and blocks of zeros are the same and cost nothing.
inline std::string hash_sparse(const std::string& path) {
  constexpr std::size_t kBlock = 4096;
  const kgnode::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto size = ::lseek(file.get(), 0, SEEK_END);
  REQUIRE(size >= 0);
  auto content = std::format("{}", size);
  std::string memory(256 * kBlock, '\0');
  const std::string zeros(kBlock, '\0');
  for (off_t at = ::lseek(file.get(), 0, SEEK_DATA); at >= 0;
       at = ::lseek(file.get(), at, SEEK_DATA)) {
    at -= at % static_cast<off_t>(kBlock);
    const auto got = ::pread(file.get(), memory.data(), memory.size(), at);
    REQUIRE(got > 0);
    const auto bytes = std::string_view(memory).substr(0, static_cast<std::size_t>(got));
    for (std::size_t start = 0; start < bytes.size(); start += kBlock) {
      const auto block = bytes.substr(start, kBlock);
      if (block == std::string_view(zeros).substr(0, block.size())) continue;
      content += std::format("|{}|", static_cast<std::size_t>(at) + start);
      content += block;
    }
    at += got;
  }
  return kgnode::sys::sha256_hex(content);
}

/// A sparse file in memory as a disk. The kernel lets go of it with our descriptor.
class LoopDisk {
 public:
  explicit LoopDisk(std::uint64_t size, unsigned sector = 512) {
    std::ofstream(image_).close();
    std::filesystem::resize_file(image_, size);
    auto attached = attach_loop(image_, sector);
    REQUIRE(attached);
    name_ = std::move(attached->name);
    fd_ = std::move(attached->fd);
    // Whoever had the name before may have left it read-only.
    const int no = 0;
    REQUIRE(::ioctl(fd_.get(), BLKROSET, &no) == 0);
  }

  const std::string& name() const { return name_; }
  std::string path() const { return "/dev/" + name_; }
  std::string part(unsigned number) const { return std::format("{}p{}", path(), number); }
  const std::string& image() const { return image_; }

  /// As a provider enlarges a volume.
  void resize(std::uint64_t size) const {
    std::filesystem::resize_file(image_, size);
    REQUIRE(::ioctl(fd_.get(), LOOP_SET_CAPACITY, 0) == 0);
  }
  /// Of every byte as the device has it, behind every cache.
  std::string hash() const {
    REQUIRE(::fsync(fd_.get()) == 0);
    return hash_sparse(image_);
  }
  void put(std::uint64_t offset, const std::string& bytes) const {
    REQUIRE(::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
            static_cast<ssize_t>(bytes.size()));
    REQUIRE(::fsync(fd_.get()) == 0);
  }

 private:
  TempDir folder_;
  std::string image_ = folder_ / "disk";
  std::string name_;
  kgnode::UniqueFd fd_;
};

inline std::vector<kgnode::sys::BlockDevice> list_disks(
    const kgnode::sys::DiskSources& sources = {}) {
  kgnode::sys::RealDisks disks(sources);
  auto found = disks.list();
  INFO((found ? "" : found.error().message()));
  REQUIRE(found);
  return *std::move(found);
}

inline kgnode::sys::BlockDevice list_disk(const std::string& name,
                                          const kgnode::sys::DiskSources& sources = {}) {
  for (auto& device : list_disks(sources)) {
    if (device.name == name) return device;
  }
  FAIL(name << " is not listed");
  return {};
}

}  // namespace test
