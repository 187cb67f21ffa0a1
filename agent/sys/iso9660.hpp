#pragma once
/// Files of an ISO 9660 volume by libiso9660: in user space, so that a hostile image never meets
/// the kernel's own parser.
#include <memory>
#include <optional>
#include <string>

#include "agent/base/result.hpp"

namespace kgnode::sys {

class Iso9660 {
 public:
  /// A block device or an image. Rock Ridge and Joliet names are understood.
  static Result<Iso9660> open(const std::string& path);
  Iso9660(Iso9660&&) noexcept;
  Iso9660& operator=(Iso9660&&) noexcept;
  Iso9660(const Iso9660&) = delete;
  Iso9660& operator=(const Iso9660&) = delete;
  ~Iso9660();

  /// nullopt: no such file. More than `limit` bytes is an error.
  Result<std::optional<std::string>> read(const std::string& name, std::size_t limit);

 private:
  struct Parts;
  explicit Iso9660(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace kgnode::sys
