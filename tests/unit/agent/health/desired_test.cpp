/// What the configuration makes of a look at the node.
#include <algorithm>

#include "agent/health/health.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using health::Health;

TEST_CASE("health desired: the configuration says who may listen and which files count",
          "[health]") {
  config::Config config;
  config.node.role = config::Role::control_plane;
  config.network.address = *parse_address("10.0.0.11");
  config.firewall.allow = {{.ports = {Protocol::tcp, 8080, 8081}, .from = {}}};
  config.health.request_counter = "/run/requests";
  const auto want = Health::desired(config);
  CHECK(want.expected.address == config.network.address);
  CHECK(want.request_counter == "/run/requests");
  CHECK(std::ranges::contains(want.expected.ports, PortRange{Protocol::tcp, 8080, 8081}));
  CHECK(std::ranges::contains(want.expected.ports, PortRange{Protocol::tcp, 2379, 2380}));
  config.node.role = config::Role::worker;
  CHECK_FALSE(std::ranges::contains(Health::desired(config).expected.ports,
                                    PortRange{Protocol::tcp, 2379, 2380}));
}
