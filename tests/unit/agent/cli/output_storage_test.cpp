/// Disks for people.
#include <boost/json.hpp>

#include "agent/cli/output.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode::cli;
using Catch::Matchers::ContainsSubstring;

namespace {

boost::json::value disk(boost::json::value token) {
  return {{"name", "sdb"},
          {"size", 107374182400},
          {"transport", "scsi"},
          {"model", "QEMU HARDDISK"},
          {"serial", ""},
          {"verdict", "not blank"},
          {"mismatches", boost::json::array{"is smaller than 200GiB"}},
          {"reasons", {"carries gpt", "sdb1 carries ext4"}},
          {"partitions", {{{"name", "sdb1"}, {"size", 1048576}}}},
          {"token", std::move(token)}};
}

boost::json::value plan(boost::json::array storage_steps) {
  return {{"changes", true},
          {"domains",
           {{{"name", "ssh"}, {"phase", "pending"}, {"steps", {{{"text", "reload"}}}}},
            {{"name", "storage"}, {"phase", "pending"}, {"steps", std::move(storage_steps)}}}}};
}

}  // namespace

TEST_CASE("cli storage: a disk is shown with its partitions and why it lost", "[cli]") {
  const auto text = render_disks({{"disks", {disk(nullptr)}}});
  CHECK_THAT(text, ContainsSubstring("sdb     100 GiB  scsi      QEMU HARDDISK"));
  CHECK_THAT(text, ContainsSubstring("not blank: is smaller than 200GiB: carries gpt, sdb1 carries "
                                     "ext4"));
  CHECK_THAT(text, ContainsSubstring("  sdb1  1 MiB"));
  CHECK(render_disks({{"disks", boost::json::array{}}}) == "there is no disk\n");
}

TEST_CASE("cli storage: the plan is of this domain alone, and says how a disk is given up",
          "[cli]") {
  CHECK_FALSE(has_changes(only_domain(plan({}), "storage")));
  const auto only = only_domain(plan({{{"text", "claim sdb"}}}), "storage");
  CHECK(has_changes(only));
  const auto text =
      render_disk_plan({{"plan", only}, {"disks", {disk("0123456789ab"), disk(nullptr)}}});
  CHECK_THAT(text, ContainsSubstring("claim sdb") && !ContainsSubstring("reload"));
  CHECK_THAT(text, ContainsSubstring("kgnode storage prepare --disk sdb --confirm 0123456789ab"));
}
