/// The texts of the files that this domain writes.
#include <algorithm>
#include <format>

#include "agent/sys/sha256.hpp"
#include "hardening/audit/audit.hpp"

namespace kgnode::hardening {
namespace {

constexpr std::string_view kHead =
    "# Written by kgnode; changes here are undone. See [audit] in /etc/kgnode/node.toml.\n";
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kLargestLog = 32;  // MiB; small enough that the oldest are lost bit by bit
constexpr std::uint64_t kMostLogs = 999;   // auditd.conf(5)

bool waits(AuditWhen when) { return when == AuditWhen::k3s || when == AuditWhen::k3s_server; }

}  // namespace

bool is_in_file(const AuditRow& row, const Audit::Observed& have) {
  const bool needs = row.when != AuditWhen::always && row.when != AuditWhen::set_id;
  return !needs || have.there.contains(row.needs);
}

bool waits_for_k3s(const Audit::Desired& want, const Audit::Observed& have) {
  return std::ranges::any_of(want.rules, [&have](const AuditRow& row) {
    return waits(row.when) && !have.there.contains(row.needs);
  });
}

std::vector<std::string> audit_lines(const AuditRow& row, const Audit::Observed& have) {
  if (!is_in_file(row, have)) return {};
  if (row.when != AuditWhen::set_id) return {row.rule};
  const auto at = row.rule.find('@');
  std::vector<std::string> lines;
  for (const auto& path : have.set_id)
    lines.push_back(row.rule.substr(0, at) + path + row.rule.substr(at + 1));
  return lines;
}

std::string render_rules(const Audit::Desired& want, const Audit::Observed& have) {
  // A backlog that a burst of log-ins does not fill; an overrun is told and does not stop the node.
  std::string text = std::string(kHead) +
                     "# augenrules(8) puts these first: forget all rules, go on after one that is "
                     "refused.\n-D\n-c\n-b 8192\n--backlog_wait_time 60000\n-f 1\n";
  for (const auto& row : want.rules) {
    const auto lines = audit_lines(row, have);
    if (lines.empty()) continue;
    text += std::format("\n# {} ({})\n", row.reason, row.ids);
    for (const auto& line : lines) text += line + "\n";
  }
  return text;
}

std::string render_lock() {
  return std::string(kHead) +
         "# The last one: nobody changes the rules until the next boot.\n-e 2\n";
}

std::string render_daemon(const config::Audit& audit) {
  const auto space = std::max<std::uint64_t>(audit.space.count / kMiB, 16);
  const auto log = std::clamp<std::uint64_t>(space / 8, 6, kLargestLog);
  const auto logs = std::clamp<std::uint64_t>(space / log, 2, kMostLogs);
  const bool halt = audit.when_full == config::AuditFull::halt;
  return std::format(
      "{}local_events = yes\nwrite_logs = yes\nlog_file = /var/log/audit/audit.log\nlog_group = "
      "root\n"
      "log_format = ENRICHED\nflush = INCREMENTAL_ASYNC\nfreq = 50\nmax_log_file = {}\n"
      "num_logs = {}\npriority_boost = 4\nname_format = NONE\nmax_log_file_action = {}\n"
      "space_left = 75\nspace_left_action = {}\nverify_email = no\naction_mail_acct = root\n"
      "admin_space_left = 50\nadmin_space_left_action = {}\ndisk_full_action = {}\n"
      "disk_error_action = {}\nuse_libwrap = no\ndistribute_network = no\nq_depth = 2000\n"
      "overflow_action = SYSLOG\nmax_restarts = 10\nplugin_dir = /etc/audit/plugins.d\n"
      "end_of_event_timeout = 2\n",
      kHead, log, logs, halt ? "KEEP_LOGS" : "ROTATE", halt ? "EMAIL" : "SYSLOG",
      halt ? "HALT" : "ROTATE", halt ? "HALT" : "ROTATE", halt ? "HALT" : "SYSLOG");
}

std::string loaded_hash(std::string_view rules, bool locked) {
  return sys::sha256_hex(std::string(rules) + (locked ? "locked" : "open"));
}

}  // namespace kgnode::hardening
