#include "agent/slots/running.hpp"

#include "agent/slots/record.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"

using namespace kgnode::slots;

TEST_CASE("running: root hash and release", "[slots]") {
  const std::string hash(64, 'a');
  CHECK(parse_root_hash("roothash=" + hash + " ro\n") == hash);
  CHECK(parse_root_hash("ro quiet") == "");
  CHECK(parse_root_hash("roothash=zz") == "");
  CHECK(parse_release("ID=debian\nIMAGE_ID=\"kgnode\"\nIMAGE_VERSION=1.0\n", "IMAGE_ID") ==
        "kgnode");
  CHECK(parse_release("XIMAGE_ID=a\n", "IMAGE_ID") == "");
}

TEST_CASE("running: the highest rollback index that was seen counts", "[slots]") {
  test::FakeFiles files;
  files.files["/proc/cmdline"] = "roothash=" + std::string(64, 'a');
  files.files["/usr/lib/os-release"] =
      "IMAGE_ID=kgnode\nIMAGE_VERSION=1.0.0\nKGNODE_ROLLBACK_INDEX=2\n";
  CHECK(read_running(files)->rollback_index == 2);
  REQUIRE(RecordFile(files).save({.version = "1.1.0", .rollback_index = 7}));
  CHECK(read_running(files)->rollback_index == 7);
  files.files["/usr/lib/os-release"] = "ID=debian\n";
  CHECK(read_running(files)->root_hash == "");
}
