#include "agent/slots/manifest.hpp"

#include <boost/json.hpp>

#include "tests/support/catch.hpp"

using namespace kgnode::slots;
using boost::json::object;

namespace {

object part(std::int64_t size, std::size_t chunks) {
  return {{"size", size},
          {"chunks", boost::json::array(chunks, boost::json::value(std::string(64, 'c')))}};
}

object manifest() {
  return {{"format", 1},
          {"version", "1.2.0"},
          {"rollback_index", 2},
          {"architecture", "x86-64"},
          {"root_hash", std::string(64, 'a')},
          {"chunk_size", 1 << 20},
          {"parts", {{"root", part(3 << 20, 3)}, {"verity", part(5, 1)}, {"kernel", part(9, 1)}}}};
}

bool is_taken(const object& json) {
  return parse_manifest(boost::json::serialize(json)).has_value();
}

}  // namespace

TEST_CASE("manifest: a whole one is read, with the sizes of its chunks", "[slots]") {
  const auto read = parse_manifest(boost::json::serialize(manifest()));
  REQUIRE(read);
  CHECK(read->version == "1.2.0");
  CHECK(read->root.size_of(2) == kChunk);
  CHECK(read->verity.size_of(0) == 5);
  CHECK(read->root.carried() == 3 * kChunk);
}

TEST_CASE("manifest: whatever does not fit is refused", "[slots]") {
  CHECK(is_taken(manifest()));
  CHECK_FALSE(parse_manifest("{"));
  CHECK_FALSE(parse_manifest("[]"));
  const std::pair<const char*, boost::json::value> wrong[] = {
      {"format", 2},        {"format", "1"},        {"version", "1.2/0"},
      {"version", ""},      {"rollback_index", -1}, {"rollback_index", 2'000'000},
      {"root_hash", "abc"}, {"chunk_size", 4096},   {"parts", nullptr},
      {"root_hash", "ABC"}};
  for (const auto& [key, value] : wrong) {
    auto json = manifest();
    json[key] = value;
    CAPTURE(key);
    CHECK_FALSE(is_taken(json));
    json.erase(key);
    CHECK_FALSE(is_taken(json));
  }
  for (const auto& bad : {part(0, 0), part(3 << 20, 2), part(3 << 20, 4), part(-5, 1)}) {
    auto json = manifest();
    json["parts"].as_object()["root"] = bad;
    CHECK_FALSE(is_taken(json));
  }
}

TEST_CASE("manifest: versions are ordered as the boot loader orders them", "[slots]") {
  for (const auto* good : {"0", "1.2.3", "1.2.3~rc1", "10.0"}) CHECK(is_version(good));
  for (const auto* bad : {"", "1.", ".1", "1.2a", "1~", "1~RC", "1+2", "1.2.3.", "-1", "1234567",
                          "1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_version(bad));
  }
  const char* rising[] = {"0.9", "1.0~rc1", "1.0~rc2", "1.0", "1.0.1", "1.2", "1.10", "2"};
  for (std::size_t i = 0; i + 1 < std::size(rising); ++i) {
    CAPTURE(rising[i]);
    CHECK(compare_versions(rising[i], rising[i + 1]) < 0);
    CHECK(compare_versions(rising[i + 1], rising[i]) > 0);
    CHECK(compare_versions(rising[i], rising[i]) == 0);
  }
}
