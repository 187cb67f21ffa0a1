#include "agent/sys/etcd_snapshot.hpp"

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "agent/sys/gzip.hpp"
#include "agent/sys/sha256.hpp"
#include "tests/support/bytes_in_memory.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode::sys;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string read_data(const std::string& name) {
  std::ifstream file(std::string(TEST_DATA) + "/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Made by etcd 3.5.16 and `etcdctl snapshot save`, of which `etcdutl snapshot status` said:
/// revision 154, 159 keys, 77824 bytes.
const std::string& real_snapshot() {
  static const auto bytes = gunzip(read_data("etcd/snapshot.gz"), 1 << 20).value();
  return bytes;
}
/// Pages of 512 bytes, made by hand.
std::string small_database() { return read_data("fuzz/etcd_snapshot/small"); }

std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t at = 0; at < digits.size(); at += 2)
    bytes += static_cast<char>(std::stoul(std::string(digits.substr(at, 2)), nullptr, 16));
  return bytes;
}
std::string with_hash(const std::string& database) {
  return database + unhex(sha256_hex(database));
}

EtcdSnapshot look(const std::string& bytes) {
  test::BytesInMemory source(bytes);
  return read_etcd_snapshot(source, bytes.size());
}

std::string bootstrap_of(std::string_view password) { return sha256_hex(password).substr(0, 12); }

/// The database of the fuzz corpus with some bytes of it replaced.
std::string changed(std::size_t at, std::string_view bytes) {
  auto database = small_database();
  return database.replace(at, bytes.size(), bytes);
}

}  // namespace

TEST_CASE("etcd snapshot: a real one is read as etcdutl reads it", "[sys][etcd]") {
  const auto snapshot = look(real_snapshot());
  CHECK(snapshot.error.empty());
  CHECK(snapshot.hash_ok);
  CHECK(snapshot.content.revision == 154);
  CHECK(snapshot.content.keys == 159);
  CHECK(snapshot.content.buckets == 10);
  // The other one was deleted again before the snapshot was taken.
  CHECK(snapshot.content.bootstraps == std::vector{bootstrap_of("a secret of tests")});
}

TEST_CASE("etcd snapshot: one that is cut anywhere is no snapshot", "[sys][etcd]") {
  const auto& whole = real_snapshot();
  for (const std::size_t cut : {1U, 31U, 32U, 33U, 512U, 4096U, 32768U, 77855U}) {
    const auto snapshot = look(whole.substr(0, whole.size() - cut));
    INFO(cut);
    CHECK_FALSE(snapshot.hash_ok);
    CHECK_FALSE(snapshot.error.empty());
  }
  CHECK_THAT(look("").error, ContainsSubstring("it is cut"));
  CHECK_THAT(look(std::string(32, 'x')).error, ContainsSubstring("it is cut"));
}

TEST_CASE("etcd snapshot: every bit that flips is found by the hash", "[sys][etcd]") {
  auto bytes = real_snapshot();
  for (std::size_t at = 0; at < bytes.size(); at += 97) {
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    const auto snapshot = look(bytes);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    if (!snapshot.hash_ok && !snapshot.error.empty()) continue;
    FAIL("a flip at " << at << " was not found");
  }
  CHECK(look(bytes).error.empty());
}

TEST_CASE("etcd snapshot: flips under a right hash neither crash nor loop", "[sys][etcd]") {
  const auto database = small_database();
  std::size_t refused = 0;
  // One bit of each byte, another one from byte to byte.
  for (std::size_t at = 0; at < database.size(); ++at) {
    auto copy = database;
    copy[at] = static_cast<char>(copy[at] ^ (1 << (at % 8)));
    const auto snapshot = look(with_hash(copy));
    REQUIRE(snapshot.hash_ok);
    refused += snapshot.error.empty() ? 0 : 1;
  }
  // Most of the file is padding and values; its skeleton is not.
  CHECK(refused > 190);
}

TEST_CASE("etcd snapshot: what is wrong with a database is told", "[sys][etcd]") {
  using namespace std::string_literals;
  struct Case {
    std::size_t at;
    std::string bytes;
    std::string says;
  };
  constexpr std::size_t kPage = 512;
  const std::vector<Case> cases = {
      {16, "x"s, "meta page 0"},
      {kPage + 16, "x"s, "meta page 1"},
      {(3 * kPage) + 8, "\x10"s, "page 3 is neither branch nor leaf"},
      {3 * kPage, "\x09"s, "page 3 has another number"},
      {(3 * kPage) + 12, "\x09"s, "page 3 goes on over 9 pages"},
      {(3 * kPage) + 10, "\xff\xff"s, "its keys are out of order"},
      {(3 * kPage) + 20, "\xff\xff"s, "a key ends outside its page"},
      {(3 * kPage) + 16, "\0"s, "a key stands outside of all buckets"},
      {(6 * kPage) + 24, "\x06"s, "page 6 is used twice"},
      {(6 * kPage) + 24, "\x05"s, "page 5 is used twice"},
      {(6 * kPage) + 24, "\x07"s, "page 7 is asked for, which is not there"},
      {(6 * kPage) + 10, "\0"s, "page 6 leads nowhere"},
      {(4 * kPage) + 16, "\x01"s, "a bucket stands within a bucket"},
      {(5 * kPage) + 24, "\x10"s, "a key is no revision of etcd"},
  };
  for (const auto& [at, bytes, says] : cases) {
    INFO(says);
    CHECK_THAT(look(with_hash(changed(at, bytes))).error, ContainsSubstring(says));
  }
  const auto sound = look(with_hash(small_database()));
  CHECK(sound.error.empty());
  CHECK(sound.content == EtcdContent{.buckets = 2,
                                     .keys = 5,
                                     .revision = 5,
                                     .bootstraps = {bootstrap_of("a secret of tests")}});
}

TEST_CASE("etcd snapshot: keys that fall are refused, for a restore would lose them",
          "[sys][etcd]") {
  // Both leaves change places.
  auto database = small_database();
  std::swap(database[(6 * 512) + 24], database[(6 * 512) + 40]);
  CHECK_THAT(look(with_hash(database)).error, ContainsSubstring("out of order"));
}

TEST_CASE("etcd snapshot: a file is read by its path; what is no file is an error", "[sys][etcd]") {
  const test::TempDir folder;
  std::ofstream(folder / "snapshot", std::ios::binary) << real_snapshot();
  CHECK(read_etcd_snapshot(folder / "snapshot").value().content.revision == 154);
  CHECK_FALSE(read_etcd_snapshot(folder / "none").has_value());
  CHECK_FALSE(read_etcd_snapshot(std::string(folder / "")).has_value());
}
