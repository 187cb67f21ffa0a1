#include <algorithm>

#include "hardening/baseline/baseline.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using hardening::Baseline;

TEST_CASE("baseline desired: the umask of the configuration is in its places", "[baseline]") {
  config::Config config{};
  const auto count = [&config](std::string_view mask) {
    return std::ranges::count_if(Baseline::desired(config).rows, [mask](const auto& row) {
      return row.value == mask || row.value.contains(std::string("umask ") + std::string(mask));
    });
  };
  CHECK(count("027") == 3);
  config.accounts.umask = config::Umask::anssi;
  CHECK(count("077") == 3);
  CHECK(count("@umask@") == 0);
}
