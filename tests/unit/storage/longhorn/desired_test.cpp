#include "storage/longhorn/longhorn.hpp"
#include "tests/support/catch.hpp"

using kgnode::config::Config, kgnode::config::Role;
using kgnode::storage::Longhorn;

TEST_CASE("longhorn desired: workers, and control planes that have a data disk", "[longhorn]") {
  Config config;
  config.node.name = "node-1";
  config.node.role = Role::control_plane;
  CHECK_FALSE(Longhorn::desired(config).wanted);
  CHECK(Longhorn::watch_paths(Longhorn::desired(config)).empty());
  config.storage.disk.emplace();
  CHECK(Longhorn::desired(config).wanted);
  config.storage.disk.reset();
  config.node.role = Role::worker;
  CHECK(Longhorn::desired(config) == Longhorn::Desired{.wanted = true, .node = "node-1"});
  CHECK(Longhorn::watch_paths(Longhorn::desired(config)).size() == 1);
}
