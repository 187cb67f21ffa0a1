#pragma once
/// Bytes by their place, from memory; reads outside of it end the test.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "agent/sys/byte_source.hpp"

namespace test {

class BytesInMemory final : public kgnode::sys::ByteSource {
 public:
  explicit BytesInMemory(std::string bytes) : bytes_(std::move(bytes)) {}

  kgnode::Result<> read(std::uint64_t offset, std::span<char> into) override {
    if (offset > bytes_.size() || into.size() > bytes_.size() - offset) std::abort();
    std::ranges::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset),
                        static_cast<std::ptrdiff_t>(into.size()), into.begin());
    return {};
  }
  const std::string& name() const override { return name_; }

 private:
  std::string bytes_;
  std::string name_ = "memory";
};

}  // namespace test
