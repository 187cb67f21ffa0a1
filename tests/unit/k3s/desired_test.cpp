/// Which unit runs K3s.
#include "k3s/k3s.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;

TEST_CASE("k3s desired: the role decides which unit runs") {
  config::Config config;
  config.node.role = config::Role::control_plane;
  CHECK(k3s::K3s::desired(config).unit() == "k3s.service");
  config.node.role = config::Role::worker;
  CHECK(k3s::K3s::desired(config).unit() == "k3s-agent.service");
}
