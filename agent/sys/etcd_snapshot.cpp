/// An etcd snapshot: a bbolt database and its SHA-256.
#include "agent/sys/etcd_snapshot.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <format>
#include <optional>
#include <span>
#include <string_view>

#include <sodium.h>

#include "agent/base/text.hpp"
#include "agent/sys/bolt.hpp"

namespace kgnode::sys {
namespace {

constexpr std::size_t kHashSize = crypto_hash_sha256_BYTES;
constexpr std::size_t kSector = 512;       // the database is a multiple of it, the file never is
constexpr std::size_t kBlock = 1 << 20;    // what is read at once for the hash
constexpr std::size_t kBootstraps = 16;    // K3s has one, and one more while a token is rotated
constexpr std::size_t kRevisionSize = 17;  // 8 bytes, "_", 8 bytes; "t" behind: deleted
constexpr std::string_view kBootstrapFolder = "/bootstrap/";
constexpr std::size_t kBootstrapDigits = 12;

/// Base 128, low digits first.
std::optional<std::uint64_t> take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80U) == 0) return value;
  }
  return std::nullopt;
}

/// How long a field is that is not looked into.
std::optional<std::uint64_t> size_of_field(std::uint64_t wire, std::string_view& bytes) {
  if (wire == 0) return take_varint(bytes) ? std::optional<std::uint64_t>(0) : std::nullopt;
  if (wire == 1) return 8;
  if (wire == 2) return take_varint(bytes);
  if (wire == 5) return 4;
  return std::nullopt;
}

/// Field 1 of mvccpb.KeyValue; nullopt: it is none.
std::optional<std::string_view> key_of(std::string_view message) {
  constexpr std::uint64_t kKeyTag = 0x0A;
  while (!message.empty()) {
    const auto tag = take_varint(message);
    if (!tag) return std::nullopt;
    const auto size = size_of_field(*tag & 7U, message);
    if (!size || *size > message.size()) return std::nullopt;
    if (*tag == kKeyTag) return message.substr(0, static_cast<std::size_t>(*size));
    message.remove_prefix(static_cast<std::size_t>(*size));
  }
  return std::nullopt;
}

std::optional<std::string> bootstrap_of(std::string_view key) {
  if (!key.starts_with(kBootstrapFolder)) return std::nullopt;
  key.remove_prefix(kBootstrapFolder.size());
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (key.size() != kBootstrapDigits || key.find_first_not_of(kDigits) != std::string_view::npos)
    return std::nullopt;
  return std::string(key);
}

std::uint64_t load_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes.substr(0, 8)) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

/// One revision of one key, in the order in which they were made.
Result<> add_revision(const BoltEntry& entry, EtcdContent& content) {
  const bool deleted = entry.key.size() == kRevisionSize + 1 && entry.key.back() == 't';
  if ((entry.key.size() != kRevisionSize && !deleted) || entry.key[8] != '_')
    return fail(Error::plain("a key is no revision of etcd"));
  content.revision = load_big_endian(entry.key);
  const auto key = key_of(entry.value);
  if (!key) return fail(Error::plain("a value is none of etcd"));
  const auto bootstrap = bootstrap_of(*key);
  if (!bootstrap) return {};
  std::erase(content.bootstraps, *bootstrap);
  if (deleted) return {};
  if (content.bootstraps.size() == kBootstraps)
    return fail(Error::plain("it has the data of too many server tokens"));
  content.bootstraps.push_back(*bootstrap);
  return {};
}

using Hash = std::array<char, kHashSize>;

Result<Hash> hash_of(ByteSource& source, std::uint64_t size) {
  crypto_hash_sha256_state state{};
  ::crypto_hash_sha256_init(&state);
  std::vector<char> block(kBlock);
  for (std::uint64_t at = 0; at < size;) {
    const auto part = std::span(block).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), size - at)));
    TRY(source.read(at, part));
    ::crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                                part.size());
    at += part.size();
  }
  Hash hash{};
  ::crypto_hash_sha256_final(&state, reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

Result<bool> is_hash_right(ByteSource& source, std::uint64_t database) {
  Hash trailer{};
  TRY(source.read(database, trailer));
  return TRY(hash_of(source, database)) == trailer;
}

}  // namespace

Result<EtcdContent> read_etcd_database(ByteSource& source, std::uint64_t size) {
  EtcdContent content;
  const auto counts = TRY(walk_bolt(source, size, [&content](const BoltEntry& entry) -> Result<> {
    if (entry.bucket != "key") return {};
    return add_revision(entry, content);
  }));
  if (content.revision == 0) return fail(Error::plain("it holds no data of etcd"));
  content.buckets = counts.buckets;
  content.keys = counts.keys;
  return content;
}

EtcdSnapshot read_etcd_snapshot(ByteSource& source, std::uint64_t size) {
  EtcdSnapshot snapshot;
  if (size <= kHashSize || size % kSector != kHashSize) {
    snapshot.error = std::format(
        "it is cut: {} bytes are no database with its hash behind, take another snapshot", size);
    return snapshot;
  }
  const auto right = is_hash_right(source, size - kHashSize);
  snapshot.hash_ok = right && *right;
  if (!right) {
    snapshot.error = right.error().message();
  } else if (!*right) {
    snapshot.error = "its SHA-256 is another than the one at its end: a byte of it has changed";
  } else if (auto content = read_etcd_database(source, size - kHashSize); content) {
    snapshot.content = *std::move(content);
  } else {
    snapshot.error = content.error().message();
  }
  return snapshot;
}

Result<EtcdSnapshot> read_etcd_snapshot(const std::string& path) {
  std::error_code error;
  // Before it is opened: that of a pipe would wait.
  if (!std::filesystem::is_regular_file(path, error))
    return fail(Error::plain(quote(path) + " is not there, or no file"));
  const auto size = std::filesystem::file_size(path, error);
  if (error) return fail(Error({static_cast<std::errc>(error.value()), "look at " + quote(path)}));
  const auto source = TRY(open_bytes(path));
  return read_etcd_snapshot(*source, size);
}

}  // namespace kgnode::sys
