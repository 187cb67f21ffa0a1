#include <algorithm>

#include "hardening/audit/audit.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using hardening::Audit;

namespace {

std::size_t of_servers(const Audit::Desired& want) {
  return static_cast<std::size_t>(
      std::ranges::count(want.rules, hardening::AuditWhen::k3s_server, &hardening::AuditRow::when));
}

}  // namespace

TEST_CASE("audit desired: only control planes have the rules about a server's files", "[audit]") {
  config::Config config{};
  config.node.role = config::Role::control_plane;
  CHECK(of_servers(Audit::desired(config)) >= 4);
  config.node.role = config::Role::worker;
  CHECK(of_servers(Audit::desired(config)) == 0);
}

TEST_CASE("audit desired: the records take no more than the space that is given", "[audit]") {
  struct Row {
    std::uint64_t mib;
    std::string size;
    std::string count;
  };
  const std::vector<Row> rows = {{16, "max_log_file = 6\n", "num_logs = 2\n"},
                                 {256, "max_log_file = 32\n", "num_logs = 8\n"},
                                 {2048, "max_log_file = 32\n", "num_logs = 64\n"},
                                 {1 << 20, "max_log_file = 32\n", "num_logs = 999\n"}};
  for (const auto& row : rows) {
    INFO(row.mib);
    const auto text = hardening::render_daemon({.space = {row.mib << 20}});
    CHECK(text.contains(row.size));
    CHECK(text.contains(row.count));
    CHECK(text.contains("max_log_file_action = ROTATE\n"));
  }
}

TEST_CASE("audit desired: a full disk halts the node only when that is asked for", "[audit]") {
  CHECK_FALSE(hardening::render_daemon({}).contains("HALT"));
  const auto text = hardening::render_daemon({.when_full = config::AuditFull::halt});
  CHECK(text.contains("max_log_file_action = KEEP_LOGS\n"));
  CHECK(text.contains("disk_full_action = HALT\n"));
  CHECK(text.contains("admin_space_left_action = HALT\n"));
}
