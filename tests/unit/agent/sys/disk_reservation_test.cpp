#include "agent/sys/disk_reservation.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using kgnode::sys::parse_reservation;
using State = kgnode::sys::Reservation::State;
using Bytes = std::vector<std::uint8_t>;

TEST_CASE("disk reservation: nobody, somebody, and answers that are cut", "[disks]") {
  CHECK(parse_reservation(Bytes{0, 0, 0, 7, 0, 0, 0, 0})->state == State::none);
  Bytes held{0, 0, 0, 7, 0, 0, 0, 16, 0x12, 0, 0, 0, 0, 0, 0, 0x34, 0, 0, 0, 0, 0, 0x05, 0, 0};
  const auto found = parse_reservation(held);
  REQUIRE(found);
  CHECK(found->state == State::held);
  CHECK(found->key == 0x1200000000000034);
  CHECK(found->type == 5);
  held.resize(20);
  CHECK_FALSE(parse_reservation(held));
  CHECK_FALSE(parse_reservation(Bytes{0, 0, 0, 7, 0, 0, 0, 3}));
  CHECK_FALSE(parse_reservation(Bytes{0, 0, 0}));
}
