#include "agent/sys/disk_marker.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"

using namespace kgnode;
using sys::Disks, sys::make_disk_marker, sys::parse_disk_marker;

TEST_CASE("disk marker: what was made is read back, up to the longest text", "[sys]") {
  for (const auto& text : {std::string("x"), std::string("node=cp-1 state=ready"),
                           std::string(Disks::kMarkerTextMax, 'x')}) {
    const auto sector = make_disk_marker(text);
    REQUIRE(sector);
    CHECK(parse_disk_marker(*sector) == text);
  }
}

TEST_CASE("disk marker: a text that no line can hold is refused", "[sys]") {
  for (const auto& text : {std::string(), std::string(Disks::kMarkerTextMax + 1, 'x'),
                           std::string("two\nlines"), std::string("\xff")}) {
    CHECK_FALSE(make_disk_marker(text));
  }
}

TEST_CASE("disk marker: a sector of others has none", "[sys]") {
  sys::MarkerSector sector{};
  CHECK(parse_disk_marker(sector).empty());
  std::ranges::fill(sector, std::byte{0xff});
  CHECK(parse_disk_marker(sector).empty());
}

TEST_CASE("disk marker: whatever byte is damaged, it is not what it was and never a blank",
          "[sys]") {
  const auto whole = *make_disk_marker("node=cp-1 state=ready");
  constexpr std::size_t kMagicSize = 12;
  for (std::size_t i = kMagicSize; i < whole.size(); ++i) {
    auto sector = whole;
    sector.at(i) ^= std::byte{1};
    INFO("byte " << i);
    CHECK(parse_disk_marker(sector) == Disks::kMarkerDamaged);
  }
}
