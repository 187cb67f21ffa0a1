#include "storage/storage.hpp"
#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using kgnode::storage::Storage;
static_assert(kgnode::core::Domain<Storage>);

TEST_CASE("storage desired: the mount is by UUID, and K3s does not start without it", "[storage]") {
  kgnode::config::Config config;
  config.node.name = "worker-1";
  CHECK(unit_files(Storage::desired(config)).empty());
  config.storage.disk = kgnode::config::Disk{.path = "/dev/sdb"};
  const auto files = unit_files(Storage::desired(config));
  REQUIRE(files.size() == 3);
  const auto& unit = files.at(std::string(Storage::kUnitFile));
  CHECK_THAT(unit, ContainsSubstring("What=/dev/disk/by-uuid/" +
                                     kgnode::storage::make_identity("worker-1").file_system));
  CHECK_THAT(unit, ContainsSubstring("Type=xfs"));
  for (const auto* name : {"k3s", "k3s-agent"}) {
    const auto& guard =
        files.at("/etc/systemd/system/" + std::string(name) + ".service.d/50-kgnode-storage.conf");
    CHECK_THAT(guard, ContainsSubstring("AssertPathIsMountPoint=/var/lib/longhorn"));
    CHECK_THAT(guard, ContainsSubstring("RequiresMountsFor=/var/lib/longhorn"));
  }
}
