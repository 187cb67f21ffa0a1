#include "agent/slots/bundle.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/agent/slots/support.hpp"

using namespace kgnode::slots;
using Catch::Matchers::ContainsSubstring;
using kgnode::Result;

namespace {

Result<Bundle> open(const test::Update& update, const kgnode::sys::PublicKey& key) {
  auto source = kgnode::sys::open_bytes(update.file);
  REQUIRE(source);
  return open_bundle(**source, std::span(&key, 1));
}

}  // namespace

TEST_CASE("bundle: what was made opens with its key, and carries no zeros", "[slots]") {
  const test::Update update;
  const auto bundle = open(update, update.key);
  REQUIRE(bundle);
  CHECK(bundle->manifest.version == "1.1.0");
  CHECK(bundle->manifest.rollback_index == 3);
  CHECK(bundle->manifest.root.size == update.root.size());
  CHECK(bundle->manifest.root.chunks.at(1) == "0");
  const auto carried = test::read_all(update.file).size() - bundle->payload;
  CHECK(carried == update.root.size() - test::Update::kMebibyte + 1000 + update.kernel.size());
}

TEST_CASE("bundle: another key, and every byte of the head that is changed, is refused",
          "[slots]") {
  const test::Update update;
  CHECK_THAT(open(update, {}).error().message(), ContainsSubstring("not signed with a key"));
  CHECK_FALSE(open_bundle(**kgnode::sys::open_bytes(update.file), {}));
  const auto whole = test::read_all(update.file);
  const auto payload = open(update, update.key)->payload;
  for (std::size_t at = 0; at < payload; at += at < 90 ? 1 : 41) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    test::write_all(update.file, changed);
    CAPTURE(at);
    CHECK_FALSE(open(update, update.key));
  }
}

TEST_CASE("bundle: a file that is cut says so", "[slots]") {
  const test::Update update;
  const auto whole = test::read_all(update.file);
  for (const std::size_t size : {0U, 10U, 83U, 100U}) {
    test::write_all(update.file, whole.substr(0, size));
    CHECK_THAT(open(update, update.key).error().message(), ContainsSubstring("is cut"));
  }
}

TEST_CASE("bundle: keys are read line by line, a bad one with its number", "[slots]") {
  CHECK(parse_keys("# none\n\n")->empty());
  const auto one = std::string("ed25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= release\n");
  CHECK(parse_keys(one + one)->size() == 2);
  for (const auto* bad : {"ed25519", "rsa AAAA", "ed25519 AAAA", "ed25519 !", "AAAA"}) {
    CAPTURE(bad);
    CHECK_THAT(parse_keys(one + bad).error().message(), ContainsSubstring("line 2"));
  }
}
