#pragma once
/// A small update and its key, in a folder of its own.
#include <array>
#include <fstream>
#include <string>

#include <sodium.h>

#include "agent/slots/make_bundle.hpp"
#include "agent/sys/ed25519.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

inline std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_all(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Three parts: the root has a chunk of zeros in its middle and a short one at its end.
struct Update {
  static constexpr std::size_t kMebibyte = std::size_t{1} << 20;

  TempDir folder;
  kgnode::sys::PublicKey key{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
  std::string root =
      std::string(kMebibyte, 'r') + std::string(kMebibyte, '\0') + std::string(kMebibyte / 2, 's');
  std::string verity = std::string(1000, 'v');
  std::string kernel = std::string(kMebibyte + 7, 'k');
  std::string file = folder / "update";

  Update() {
    REQUIRE(::sodium_init() >= 0);
    ::crypto_sign_keypair(key.data(), secret.data());
    write_all(folder / "root", root);
    write_all(folder / "verity", verity);
    write_all(folder / "kernel", kernel);
    const auto made = kgnode::slots::make_bundle(
        {.version = "1.1.0",
         .rollback_index = 3,
         .architecture = "x86-64",
         .root_hash = std::string(32, 'a') + std::string(32, 'b'),
         .root = folder / "root",
         .verity = folder / "verity",
         .kernel = folder / "kernel"},
        [this](std::string_view message) { return sign(message); }, file);
    REQUIRE(made);
  }

  std::string sign(std::string_view message) const {
    std::string signature(crypto_sign_BYTES, '\0');
    ::crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                           reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                           secret.data());
    return signature;
  }
};

}  // namespace test
