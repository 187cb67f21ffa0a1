#include "hardening/time/time.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using hardening::Time;

TEST_CASE("time desired: authenticated sources come first, and are preferred", "[time]") {
  const auto text =
      hardening::render_chrony({.sources = {"ntp.ovh.net"}, .nts_sources = {"nts.example"}});
  CHECK(text.contains("server nts.example iburst nts\nserver ntp.ovh.net iburst\n"));
  CHECK(text.contains("\nauthselectmode prefer\n"));
}

TEST_CASE("time desired: the clock jumps after a start only, and no port is open", "[time]") {
  const auto text = hardening::render_chrony(Time::desired({}));
  CHECK(text.contains("\nmakestep 1 3\n"));
  CHECK(text.contains("\nport 0\ncmdport 0\n"));
  CHECK(text.contains("server ntp.ovh.net iburst\n"));
  CHECK(text.contains(" nts\n"));
}
