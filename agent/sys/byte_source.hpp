#pragma once
/// Bytes by their place, from a file or over HTTP.
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "agent/base/result.hpp"

namespace kgnode::sys {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// All that `into` holds, from this place; fewer are an error.
  virtual Result<> read(std::uint64_t offset, std::span<char> into) = 0;
  virtual const std::string& name() const = 0;
};

/// An absolute path, or an http(s) URL, which curl(1) gets; one that breaks off is taken up where
/// it ended, a few times.
Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& source);

}  // namespace kgnode::sys
