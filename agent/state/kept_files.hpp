#pragma once
/// Files of the system that a domain writes: what was there before is kept, so that it can be given
/// back when the agent leaves the node.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/owned.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::state {

constexpr std::string_view kSystemFolder = "/etc/";
/// How a file that is ours as a whole begins.
constexpr std::string_view kMark = "# Written by kgnode";
/// Texts are kept as files below it: they may be in any encoding, which JSON is not.
constexpr std::string_view kOriginals = "/var/lib/kgnode/original";

/// What is known of a file before our first change.
struct KeptFile {
  std::optional<sys::Files::Attributes> before;  // nullopt: there was none
  std::string text;                              // empty when only its attributes were changed
  bool only_attributes = false;
  std::string written;  // SHA-256 of what we wrote last, where that does not begin with the mark
  bool operator==(const KeptFile&) const = default;
};

/// Everything below /etc is remembered before it is changed; all else passes through.
class KeptFiles final : public sys::Files {
 public:
  KeptFiles(sys::Files& files, core::Owned& owned) : files_(files), owned_(owned) {}

  Result<std::optional<std::string>> read(const std::string& path, std::size_t limit) override {
    return files_.read(path, limit);
  }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    return files_.list(directory);
  }
  Result<std::optional<Attributes>> attributes(const std::string& path) override {
    return files_.attributes(path);
  }
  Result<> replace(const std::string& path, std::string_view content, mode_t mode) override;
  Result<> remove(const std::string& path) override;
  Result<> set_attributes(const std::string& path, const Attributes& wanted) override;

  /// By path.
  Result<std::map<std::string, KeptFile>> kept();
  /// The file is again as it was, or is left as it is.
  Result<> forget(const std::string& path);

 private:
  Result<> remember(const std::string& path);
  Result<> note_written(const std::string& path, std::string_view content);

  sys::Files& files_;
  core::Owned& owned_;
};

}  // namespace kgnode::state
