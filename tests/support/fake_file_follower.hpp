#pragma once
/// Log files in memory; an offset counts lines.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/sys/file_follower.hpp"

namespace test {

struct FakeFileFollower final : kgnode::sys::FileFollower {
  struct File {
    std::vector<std::size_t> patterns = {0};
    std::vector<std::string> lines;
    std::size_t read = 0;
  };
  std::map<std::string, File> files;
  kgnode::sys::FileCounters count;
  bool refuse = false;

  /// As opening a real one with these positions.
  void resume(const std::vector<kgnode::sys::FilePosition>& from) {
    for (auto& [path, file] : files) file.read = 0;
    for (const auto& position : from) files[position.path].read = position.offset;
  }

  kgnode::Result<kgnode::sys::FileBatch> poll(std::size_t limit) override {
    if (refuse) return kgnode::fail({std::errc::io_error, "follow log files"});
    kgnode::sys::FileBatch batch;
    for (auto& [path, file] : files) {
      while (file.read < file.lines.size() && batch.lines.size() < limit)
        batch.lines.push_back({path, file.patterns, file.lines[file.read++]});
      batch.more = batch.more || file.read < file.lines.size();
    }
    return batch;
  }
  std::vector<kgnode::sys::FilePosition> positions() const override {
    std::vector<kgnode::sys::FilePosition> all;
    for (const auto& [path, file] : files)
      all.push_back({.path = path, .inode = 1, .offset = file.read, .hash = ""});
    return all;
  }
  kgnode::sys::FileCounters counters() const override { return count; }
  int fd() const override { return -1; }
};

}  // namespace test
