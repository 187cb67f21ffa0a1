#pragma once
/// The file of an update: a signed manifest, then the chunks of its parts that are not zeros, in
/// the order root, verity, kernel.
///
///   "KGNODE UPDATE 1\n"  16 bytes
///   Ed25519 signature    64 bytes, of all that follows up to the end of the manifest (RFC 8032)
///   length of manifest    4 bytes, big-endian
///   manifest             JSON
#include <cstdint>
#include <span>
#include <string>

#include "agent/base/result.hpp"
#include "agent/slots/manifest.hpp"
#include "agent/sys/byte_source.hpp"
#include "agent/sys/ed25519.hpp"

namespace kgnode::slots {

constexpr std::string_view kMagic = "KGNODE UPDATE 1\n";
constexpr std::size_t kManifestMax = std::size_t{1} << 20;  // bytes

struct Bundle {
  Manifest manifest;
  std::uint64_t payload = 0;  // where the first chunk begins
};

/// Nothing of the manifest is looked at before its signature is that of one of the keys.
Result<Bundle> open_bundle(sys::ByteSource& source, std::span<const sys::PublicKey> keys);

/// Keys that updates are accepted from: "ed25519 BASE64 who" a line, "#" begins a comment.
Result<std::vector<sys::PublicKey>> parse_keys(std::string_view text);

}  // namespace kgnode::slots
