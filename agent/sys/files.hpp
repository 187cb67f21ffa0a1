#pragma once
/// Files read with a limit and replaced whole.
#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::sys {

class Files {
 public:
  virtual ~Files() = default;

  static constexpr std::size_t kReadLimit = std::size_t{1} << 20;

  /// nullopt: no such file. More than `limit` bytes is an error, never a cut.
  virtual Result<std::optional<std::string>> read(const std::string& path,
                                                  std::size_t limit = kReadLimit) = 0;
  /// Temporary file, fsync, rename, fsync of the directory; makes missing parent directories
  /// (0755).
  virtual Result<> replace(const std::string& path, std::string_view content, mode_t mode) = 0;
  /// Absent is fine.
  virtual Result<> remove(const std::string& path) = 0;
  /// Names in a directory, sorted; empty when there is no such directory.
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;
  /// Permission bits and owner; nullopt: no such file.
  struct Attributes {
    mode_t mode = 0;
    uid_t uid = 0;
    gid_t gid = 0;
    bool operator==(const Attributes&) const = default;
  };
  virtual Result<std::optional<Attributes>> attributes(const std::string& path) = 0;
  virtual Result<> set_attributes(const std::string& path, const Attributes& wanted) = 0;
};

class RealFiles final : public Files {
 public:
  Result<std::optional<std::string>> read(const std::string& path, std::size_t limit) override;
  Result<> replace(const std::string& path, std::string_view content, mode_t mode) override;
  Result<> remove(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<std::optional<Attributes>> attributes(const std::string& path) override;
  Result<> set_attributes(const std::string& path, const Attributes& wanted) override;
};

}  // namespace kgnode::sys
