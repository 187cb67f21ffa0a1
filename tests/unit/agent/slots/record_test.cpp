#include "agent/slots/record.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"

using namespace kgnode::slots;

TEST_CASE("record: is read as it was written; a damaged one is told", "[slots]") {
  test::FakeFiles files;
  RecordFile file(files);
  CHECK(file.load()->has_value() == false);
  for (const auto outcome : {Outcome::writing, Outcome::broken_off, Outcome::written, Outcome::good,
                             Outcome::failed, Outcome::rolled_back}) {
    const Record record{.version = "1.1.0",
                        .from = "1.0.0",
                        .boot_id = "b",
                        .outcome = outcome,
                        .reason = "why \"so\"",
                        .rollback_index = 4,
                        .was_ready = true,
                        .heard_peers = outcome == Outcome::good};
    REQUIRE(file.save(record));
    CHECK(file.load()->value() == record);
  }
  const auto whole = files.files[RecordFile::kPath];
  for (const auto& bad : {whole.substr(0, 20), std::string("{}"), std::string("[1]")}) {
    files.files[RecordFile::kPath] = bad;
    CHECK_FALSE(file.load());
  }
}

TEST_CASE("record: progress", "[slots]") {
  const auto progress = parse_progress(to_text({.done = 5, .total = 9}));
  REQUIRE(progress);
  CHECK(progress->done == 5);
  CHECK(progress->total == 9);
  CHECK_FALSE(parse_progress(""));
  CHECK_FALSE(parse_progress("{\"done\": -1, \"total\": 2}"));
}
