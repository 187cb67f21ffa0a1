/// The values of the API as JSON.
#include "agent/api/json.hpp"

#include <algorithm>
#include <utility>

#include "agent/base/clock.hpp"

namespace kgnode::api {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using Time = std::chrono::system_clock::time_point;

value text_or_null(const std::string& text) { return text.empty() ? value(nullptr) : value(text); }

value time_or_null(const std::optional<Time>& time) {
  return time ? value(to_rfc3339(*time)) : value(nullptr);
}

template <class Item>
array make_list(std::span<const Item> items) {
  array list;
  for (const auto& item : items) list.push_back(to_json(item));
  return list;
}

std::string_view to_string(core::Risk risk) {
  switch (risk) {
    case core::Risk::none:
      return "none";
    case core::Risk::disruptive:
      return "disruptive";
    case core::Risk::lockout:
      return "lockout";
  }
  return "";
}

std::string_view to_string(core::FindingKind kind) {
  if (kind == core::FindingKind::gap) return "gap";
  return kind == core::FindingKind::not_applicable ? "not_applicable" : "unknown";
}

value pending_or_null(const std::optional<Pending>& pending) {
  if (!pending) return nullptr;
  return {{"deadline", to_rfc3339(pending->deadline)},
          {"seconds_left", pending->left.count()},
          {"by_uid", pending->by_uid}};
}

}  // namespace

object to_json(const core::StepView& step) {
  return {{"text", step.text},
          {"before", text_or_null(step.before)},
          {"after", text_or_null(step.after)},
          {"risk", to_string(step.risk)}};
}

object to_json(const PhaseTime& time) {
  return {{"name", time.phase}, {"seconds", std::chrono::duration<double>(time.after).count()}};
}

object to_json(const core::Finding& finding) {
  return {{"id", finding.id},
          {"kind", to_string(finding.kind)},
          {"text", finding.text},
          {"remedy", text_or_null(finding.remedy)}};
}

object to_json(const core::Check& check) {
  return {{"id", check.id},
          {"outcome", core::to_string(check.outcome)},
          {"evidence", check.evidence},
          {"remedy", text_or_null(check.remedy)}};
}

object to_json(const core::BenchmarkItem& item) {
  return {{"rule", item.rule},
          {"id", item.id},
          {"title", item.title},
          {"outcome", core::to_string(item.outcome)},
          {"evidence", item.evidence},
          {"remedy", text_or_null(item.remedy)},
          {"reason", text_or_null(item.reason)}};
}

object to_json(const core::Condition& condition) {
  array findings;
  for (const auto& finding : condition.findings) {
    if (finding.kind != core::FindingKind::pass) findings.push_back(to_json(finding));
  }
  return {{"name", condition.domain},
          {"phase", core::to_string(condition.phase)},
          {"steps", make_list(std::span(condition.steps))},
          {"findings", std::move(findings)},
          {"error", text_or_null(condition.error)}};
}

object to_json(const DomainStatus& domain) {
  object json = to_json(domain.condition);
  json["last_run"] = time_or_null(domain.last_run);
  json["last_change"] = time_or_null(domain.last_change);
  json["heals"] = domain.heals;
  return json;
}

object to_json(const Status& status) {
  return {{"node",
           {{"name", status.node.name},
            {"role", status.node.role},
            {"environment", status.node.environment},
            {"version", KGNODE_VERSION}}},
          {"phase", status.phase},
          {"reason", text_or_null(status.reason)},
          {"phases", make_list(std::span(status.phases))},
          {"generation", status.generation},
          {"config",
           {{"path", text_or_null(status.config.path)},
            {"sha256", text_or_null(status.config.sha256)},
            {"loaded_at", time_or_null(status.config.loaded_at)}}},
          {"pending", pending_or_null(status.pending)},
          {"domains", make_list(std::span(status.domains))},
          {"peers", status.peers},
          {"bans", status.bans},
          {"first_boot", status.first_boot},
          {"changes", array(status.changes.begin(), status.changes.end())}};
}

object to_json(const Applied& applied) {
  return {{"generation", applied.generation},
          {"domains", make_list(std::span(applied.domains))},
          {"pending", pending_or_null(applied.pending)}};
}

object to_json(const core::LogReport& report) {
  value broken = nullptr;
  if (report.first_break) {
    broken = {
        {"kind", core::to_string(report.first_break->kind)},
        {"file", report.first_break->file},
        {"line", report.first_break->line == 0 ? value(nullptr) : value(report.first_break->line)},
        {"text", report.first_break->text}};
  }
  return {{"whole", !report.first_break},
          {"entries", report.entries},
          {"last", {{"seq", report.last.seq}, {"hash", report.last.hash}}},
          {"break", std::move(broken)}};
}

object make_plan_json(std::span<const core::Condition> domains) {
  bool changes = false;
  for (const auto& domain : domains) changes = changes || !domain.steps.empty();
  return {{"changes", changes}, {"domains", make_list(domains)}};
}

namespace {

template <class T>
object add_counts(object answer, std::span<const T> all) {
  const auto count = [all](core::Outcome outcome) {
    return std::ranges::count(all, outcome, &T::outcome);
  };
  answer["passed"] = count(core::Outcome::pass);
  answer["failed"] = count(core::Outcome::fail);
  answer["unknown"] = count(core::Outcome::unknown);
  answer["not_applicable"] = count(core::Outcome::not_applicable);
  return answer;
}

}  // namespace

object make_doctor_json(std::span<const core::Check> checks) {
  return add_counts({{"checks", make_list(checks)}}, checks);
}

object make_benchmark_json(core::Profile profile, std::span<const core::BenchmarkItem> items) {
  return add_counts({{"profile", core::to_string(profile)},
                     {"title", core::title_of(profile)},
                     {"items", make_list(items)}},
                    items);
}

object make_health_json(const Status& status) {
  value healthy = nullptr;
  if (status.phase == "hardened" || status.phase == "ready") healthy = true;
  if (status.phase == "degraded") healthy = false;
  return {{"phase", status.phase},
          {"reason", text_or_null(status.reason)},
          {"healthy", std::move(healthy)}};
}

}  // namespace kgnode::api
