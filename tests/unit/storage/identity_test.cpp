#include "storage/identity.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::storage;

TEST_CASE("storage identity: UUIDs are of the name alone, of version 8, and differ", "[storage]") {
  const auto one = make_identity("worker-1");
  CHECK(one.file_system == make_identity("worker-1").file_system);
  CHECK(one.file_system != make_identity("worker-2").file_system);
  CHECK(one.disk != one.partition);
  CHECK(one.partition != one.file_system);
  for (const auto& uuid : {one.disk, one.partition, one.file_system}) {
    REQUIRE(uuid.size() == 36);
    CHECK(uuid[14] == '8');
    CHECK(std::string_view("89ab").contains(uuid[19]));
  }
  // A data disk outlives the image that made it: these may never change.
  CHECK(one.file_system == "5bec17ff-f628-8d68-9b94-eb337fbc96c9");
}

TEST_CASE("storage identity: a marker says whose disk it is and how far it came", "[storage]") {
  for (const auto progress : {Progress::preparing, Progress::ready}) {
    const Marker marker{.node = "worker-1", .progress = progress};
    CHECK(parse_marker(to_text(marker)) == marker);
  }
  for (const auto* text : {"", "node=", "node= state=ready", "node=a state=done", "node=a",
                           "node=a state=ready ", "node=a b state=ready", "damaged"})
    CHECK_FALSE(parse_marker(text));
}
