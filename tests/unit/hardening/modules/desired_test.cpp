#include "hardening/modules/modules.hpp"
#include "tests/support/catch.hpp"

using kgnode::config::Config;
using kgnode::config::Overlay;
using kgnode::hardening::Modules;

TEST_CASE("modules desired: the overlay network decides which tunnel is loaded", "[modules]") {
  Config config;
  CHECK(Modules::desired(config).preload.contains("wireguard"));
  CHECK_FALSE(Modules::desired(config).preload.contains("vxlan"));
  config.k3s.overlay = Overlay::vxlan;
  CHECK_FALSE(Modules::desired(config).preload.contains("wireguard"));
  CHECK(Modules::desired(config).preload.contains("vxlan"));
}

TEST_CASE("modules desired: an allowed module is taken off the list in either spelling",
          "[modules]") {
  Config config;
  CHECK(Modules::desired(config).deny.contains("usb-storage"));
  config.kernel.allow_modules = {"usb_storage"};
  CHECK_FALSE(Modules::desired(config).deny.contains("usb-storage"));
}

TEST_CASE("modules desired: the operator denies more, and never what the node needs", "[modules]") {
  Config config;
  config.kernel.deny_modules = {"mei", "overlay"};
  const auto want = Modules::desired(config);
  CHECK(want.deny.at("mei").ids == "node.toml");
  CHECK_FALSE(want.deny.contains("overlay"));
}
