#pragma once
/// Answers of the admin API as text for people. Pure; nothing that a stranger wrote reaches the
/// terminal unescaped. A value of an unexpected type prints as "-", so that an older command line
/// can show a newer agent.
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "agent/cli/paint.hpp"

namespace kgnode::cli {

std::string render_json(const boost::json::value& answer);  // one line, for -o json

std::string render_status(const boost::json::value& status);
std::string render_status(const boost::json::value& status, const Paint& paint);
/// A diff by domain; also for what apply, confirm and revert answer.
std::string render_plan(const boost::json::value& plan);
std::string render_applied(const boost::json::value& applied);
bool has_changes(const boost::json::value& plan);

/// Every node that this one has heard of.
std::string render_cluster(const boost::json::value& answer, const Paint& paint = Paint());
std::string render_k3s(const boost::json::value& answer);
/// What is wrong last, where it is seen; then how many of each.
std::string render_doctor(const boost::json::value& answer, const Paint& paint = Paint());
bool has_only_passes(const boost::json::value& answer);

/// The report on one profile: each rule with its evidence, remedy, and the reason of a deviation.
std::string render_benchmark(const boost::json::value& answer);
/// Every rule holds, is about nothing here, or is deviated from with a reason.
bool is_accounted_for(const boost::json::value& answer);

/// For the status: one line.
std::string render_ban_counts(const boost::json::value& bans);
std::string render_bans(const boost::json::value& answer);
/// The last line counts what was read.
std::string render_scan(const boost::json::value& answer);
std::string render_ban(const boost::json::value& answer);
std::string render_ban_story(const boost::json::value& answer);

std::string render_disks(const boost::json::value& answer);
/// {"plan": what is to be done, "disks": those of which some could be given up}
std::string render_disk_plan(const boost::json::value& answer);
/// A plan with nothing but this domain.
boost::json::value only_domain(const boost::json::value& plan, std::string_view domain);

/// Which slot runs, and what became of the last update.
std::string render_upgrade(const boost::json::value& answer);
/// Of what goes on without us.
std::string render_begun(const boost::json::value& answer);
/// "42 %, 230 of 547 MiB", for who waits.
std::string render_progress(const boost::json::value& answer);

std::string render_log(const boost::json::value& log);
std::string render_log_report(const boost::json::value& report);
/// The "text" of a firewall dump, line by line.
std::string render_firewall(const boost::json::value& firewall);
/// "pass" or "drop" first, then why.
std::string render_explanation(const boost::json::value& explanation);

/// A refusal: the message, then one line a diagnostic as file:line:column: message.
std::string render_error(const boost::json::value& answer);

}  // namespace kgnode::cli
