/// NoCloud network-config, the form of netplan.
#include "agent/firstboot/parse_network_config.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::firstboot;

TEST_CASE("network-config 2: a card by its MAC with address, MTU and gateway") {
  Notes notes;
  const auto network = parse_network_config(
      "version: 2\nethernets:\n  public:\n    match: {macaddress: \"FA:16:3E:00:00:01\"}\n"
      "    addresses: [203.0.113.7/24]\n    mtu: 1500\n    gateway4: 203.0.113.1\n",
      "network-config", notes);
  REQUIRE(network);
  REQUIRE(network->links.size() == 1);
  const auto& link = network->links[0];
  CHECK(link.mac == "fa:16:3e:00:00:01");
  CHECK(link.mtu == 1500);
  REQUIRE(link.addresses.size() == 1);
  CHECK(to_string(link.addresses[0].address) == "203.0.113.7");
  CHECK(link.addresses[0].length == 24);
  CHECK(network->told);
}

TEST_CASE("network-config: what is not YAML gives no network and an error") {
  Notes notes;
  CHECK_FALSE(parse_network_config("version: [2", "network-config", notes));
  CHECK_FALSE(notes.errors.empty());
}

TEST_CASE("network-config: what is not understood is named") {
  Notes notes;
  const auto network = parse_network_config(
      "version: 2\nethernets:\n  a:\n    match: {macaddress: \"fa:16:3e:00:00:01\"}\n    dhcp4: "
      "true\n"
      "    wakeonlan: true\n",
      "network-config", notes);
  REQUIRE(network);
  REQUIRE_FALSE(notes.warnings.empty());
  CHECK(notes.warnings[0].text.contains("wakeonlan"));
}
