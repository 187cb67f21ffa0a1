/// network_data.json: addresses, masks and the parts that are dropped one by one.
#include "agent/firstboot/parse_network_data.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace kgnode::firstboot;

TEST_CASE(
    "parse_mac takes one card's address in any letter case and with dashes, and nothing else") {
  CHECK(parse_mac("FA:16:3E:AA:BB:01") == "fa:16:3e:aa:bb:01");
  CHECK(parse_mac("fa-16-3e-aa-bb-01") == "fa:16:3e:aa:bb:01");
  for (const auto* text : {"", "fa:16:3e:aa:bb", "fa:16:3e:aa:bb:0g", "01:00:5e:00:00:01",
                           "00:00:00:00:00:00", "fa:16:3e:aa:bb:01\n", "fa:16:3e:aa:bb 01"})
    CHECK_FALSE(parse_mac(text));
}

TEST_CASE("parse_mask takes a length or a mask without holes of the same family") {
  CHECK(parse_mask("24", Family::ipv4) == 24);
  CHECK(parse_mask("255.255.255.255", Family::ipv4) == 32);
  CHECK(parse_mask("0.0.0.0", Family::ipv4) == 0);
  CHECK(parse_mask("ffff:ffff:ffff:ffff::", Family::ipv6) == 64);
  CHECK(parse_mask("::", Family::ipv6) == 0);
  CHECK_FALSE(parse_mask("255.0.255.0", Family::ipv4));
  CHECK_FALSE(parse_mask("33", Family::ipv4));
  CHECK_FALSE(parse_mask("ffff::", Family::ipv4));
  CHECK_FALSE(parse_mask("", Family::ipv6));
}

TEST_CASE("parse_link_address: a mask in the address counts before the one beside it") {
  CHECK(parse_link_address("192.0.2.1/24", "255.255.255.255")->length == 24);
  CHECK(parse_link_address("192.0.2.1", "")->length == 32);
  CHECK(parse_link_address("2001:db8::1", "64")->length == 64);
  CHECK_FALSE(parse_link_address("192.0.2.1/", ""));
  CHECK_FALSE(parse_link_address("", "24"));
}

TEST_CASE("network_data that is no JSON object is an error and no network") {
  for (const auto* text : {"", "[]", "{", "{} {}", "nonsense"}) {
    Notes notes;
    CHECK_FALSE(parse_network_data(text, "n", notes));
    CHECK(notes.errors.size() == 1);
  }
}

TEST_CASE("network_data with a wrong type anywhere keeps what is left") {
  Notes notes;
  const auto network = parse_network_data(
      R"({"links": {"id": 1}, "networks": [7, null], "services": "dns"})", "n", notes);
  REQUIRE(network);
  CHECK(network->links.empty());
  CHECK(notes.errors.empty());
  CHECK(notes.warnings.size() == 2);
}
