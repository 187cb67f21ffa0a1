#pragma once
/// A file system in memory with a log of writes and one injectable failure.
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/sys/files.hpp"

namespace test {

struct FakeFiles : kgnode::sys::Files {
  std::map<std::string, std::string> files;
  std::map<std::string, Attributes> modes;
  std::set<std::string> read_only;
  std::vector<std::string> writes;
  std::function<void()> written = [] {};  // called after each change

  kgnode::Result<std::optional<std::string>> read(const std::string& path,
                                                  std::size_t limit) override {
    auto it = files.find(path);
    if (it == files.end()) return std::nullopt;
    if (it->second.size() > limit)
      return kgnode::fail({std::errc::file_too_large, "read \"" + path + "\""});
    return it->second;
  }
  kgnode::Result<> replace(const std::string& path, std::string_view content,
                           mode_t mode) override {
    if (read_only.contains(path))
      return kgnode::fail({std::errc::read_only_file_system, "replace \"" + path + "\""});
    writes.push_back(path);
    files.insert_or_assign(path, std::string(content));
    modes[path].mode = mode;
    written();
    return {};
  }
  kgnode::Result<> remove(const std::string& path) override {
    writes.push_back("-" + path);
    files.erase(path);
    modes.erase(path);
    written();
    return {};
  }
  kgnode::Result<std::vector<std::string>> list(const std::string& directory) override {
    std::vector<std::string> names;
    for (const auto& [path, content] : files) {
      if (!path.starts_with(directory + "/")) continue;
      const auto rest = path.substr(directory.size() + 1);
      const auto name = rest.substr(0, rest.find('/'));
      if (names.empty() || names.back() != name) names.push_back(name);
    }
    return names;
  }
  kgnode::Result<std::optional<Attributes>> attributes(const std::string& path) override {
    if (!files.contains(path)) return std::nullopt;
    return modes[path];
  }
  kgnode::Result<> set_attributes(const std::string& path, const Attributes& wanted) override {
    writes.push_back("attributes " + path);
    modes[path] = wanted;
    return {};
  }
};

}  // namespace test
