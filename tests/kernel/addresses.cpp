/// The addresses of this host, as the kernel has them at this moment.
#include "agent/sys/addresses.hpp"

#include <algorithm>
#include <cstdlib>

#include "tests/support/catch.hpp"

using namespace kgnode;

TEST_CASE("addresses: those of all interfaces, also of one that came just now") {
  const auto* command =
      "ip link set lo up && ip link add kgtest type veth peer name kgpeer && "
      "ip address add 192.0.2.17/32 dev kgtest && ip address add 2001:db8::17/128 dev kgtest";
  REQUIRE(std::system(command) == 0);  // NOLINT: a test may use a shell
  const auto addresses = sys::list_addresses();
  REQUIRE(addresses);
  for (const std::string_view wanted : {"127.0.0.1", "::1", "192.0.2.17", "2001:db8::17"})
    CHECK(std::ranges::contains(*addresses, *parse_address(wanted)));
  CHECK(std::ranges::is_sorted(*addresses));
}
