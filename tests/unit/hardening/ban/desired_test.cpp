/// The configuration of bans.
#include <string>
#include <vector>

#include "hardening/ban/ban.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using hardening::Bans;

TEST_CASE("ban desired: settings as they are, and who is never banned by the configuration") {
  config::Config config;
  config.ban.block_lists = {"/etc/kgnode/block.txt"};
  config.admin.from = {*parse_prefix("203.0.113.0/24")};
  const auto want = Bans::desired(config);
  CHECK(want.settings == config.ban);
  const auto* found = find_never(want.never, *parse_prefix("203.0.113.9"));
  REQUIRE(found != nullptr);
  CHECK(found->reason == "admin.from");
  CHECK(Bans::watch_paths(want) == std::vector<std::string>{"/etc/kgnode/block.txt"});
}
