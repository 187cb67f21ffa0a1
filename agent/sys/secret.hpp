#pragma once
/// A secret in locked memory between guard pages (libsodium), wiped when it goes.
#include <cstddef>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"

namespace kgnode::sys {

/// Move-only, and without operator<< or a formatter: whoever wants the bytes must say view().
class SecretBuffer {
 public:
  /// Copies `text` and wipes it, so that one copy is left. An Error when memory is short.
  static Result<SecretBuffer> take(std::string& text);

  SecretBuffer(SecretBuffer&& other) noexcept;
  SecretBuffer& operator=(SecretBuffer&& other) noexcept;
  SecretBuffer(const SecretBuffer&) = delete;
  SecretBuffer& operator=(const SecretBuffer&) = delete;
  ~SecretBuffer();

  std::string_view view() const { return {data_, size_}; }

  /// In constant time for secrets of one length.
  bool operator==(const SecretBuffer& other) const;

 private:
  SecretBuffer(char* data, std::size_t size) : data_(data), size_(size) {}

  char* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Overwrites the bytes, in a way no optimizer removes, and empties the string.
void wipe(std::string& text);

}  // namespace kgnode::sys
