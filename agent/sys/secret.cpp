/// Secrets in libsodium's guarded memory.
#include "agent/sys/secret.hpp"

#include <algorithm>
#include <utility>

#include <sodium.h>

namespace kgnode::sys {

Result<SecretBuffer> SecretBuffer::take(std::string& text) {
  // sodium_malloc needs the canary that sodium_init draws; a second call does nothing.
  if (sodium_init() < 0) return fail(Error::plain("start libsodium: no source of randomness"));
  // Where RLIMIT_MEMLOCK is used up sodium_malloc goes on without the lock: `kgnode check` runs as
  // anyone. The agent's unit sets the limit.
  auto* data = static_cast<char*>(sodium_malloc(text.size()));
  if (data == nullptr) return fail(Error::from_errno("allocate guarded memory for a secret"));
  std::ranges::copy(text, data);
  sodium_mprotect_readonly(data);
  SecretBuffer secret(data, text.size());
  wipe(text);
  return secret;
}

SecretBuffer::SecretBuffer(SecretBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBuffer& SecretBuffer::operator=(SecretBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

SecretBuffer::~SecretBuffer() { sodium_free(data_); }

bool SecretBuffer::operator==(const SecretBuffer& other) const {
  return size_ == other.size_ && (size_ == 0 || sodium_memcmp(data_, other.data_, size_) == 0);
}

void wipe(std::string& text) {
  // Up to the capacity: a longer value may have been there before.
  text.resize(text.capacity());
  sodium_memzero(text.data(), text.size());
  text.clear();
}

}  // namespace kgnode::sys
