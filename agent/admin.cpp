/// What the admin API asks, answered from the parts.
#include "agent/admin.hpp"

#include <algorithm>
#include <format>
#include <iterator>
#include <utility>

#include "agent/base/units.hpp"
#include "agent/cli/check.hpp"
#include "agent/cli/firewall.hpp"
#include "hardening/firewall/firewall.hpp"
#include "hardening/firewall/text.hpp"

namespace kgnode {
namespace {

constexpr std::size_t kShownChanges = 10;
constexpr std::string_view kConfigCheck = "node.configuration";

api::ApiError to_api(Refusal refusal) {
  unsigned status = 500;
  switch (refusal.kind) {
    case Refusal::Kind::invalid:
      status = 422;
      break;
    case Refusal::Kind::pending:
    case Refusal::Kind::nothing_pending:
      status = 409;
      break;
    case Refusal::Kind::failed:
      break;
  }
  return {.status = status,
          .message = std::move(refusal.message),
          .detail = boost::json::object{{"diagnostics", cli::to_json(refusal.diagnostics)}}};
}

std::optional<std::chrono::system_clock::time_point> if_ever(
    std::chrono::system_clock::time_point time) {
  if (time == std::chrono::system_clock::time_point{}) return std::nullopt;
  return time;
}

core::Check check_log() {
  core::Check check{.id = "node.log", .remedy = "kgnode log verify names the place"};
  const auto report = core::verify_log(core::kOplogFolder);
  if (!report) {
    check.evidence = report.error().message();
  } else if (report->first_break) {
    check.outcome = core::Outcome::fail;
    check.evidence = report->first_break->text;
  } else {
    check = {.id = check.id,
             .outcome = core::Outcome::pass,
             .evidence = std::format("{} entries, none edited or cut", report->entries),
             .remedy = {}};
  }
  return check;
}

}  // namespace

PhaseInput Admin::phase_input() const {
  using Config = PhaseInput::Config;
  const auto& in_force = parts_.commit.in_force();
  PhaseInput input{.config = parts_.commit.config() ? Config::in_force
                             : in_force.absent      ? Config::absent
                                                    : Config::broken,
                   .trouble = in_force.trouble,
                   .k3s = parts_.k3s.progress()};
  if (input.config == Config::absent) {
    input.cloud_init = parts_.cloud_init();
    input.first_boot = parts_.first_boot_error();
  }
  return input;
}

PhaseReport Admin::phase() const { return phase_of(phase_input(), parts_.reconciler.states()); }

std::optional<api::Pending> Admin::pending() const {
  const auto deadline = parts_.commit.deadline();
  if (!deadline) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::seconds>(deadline->left);
  return api::Pending{
      .deadline = std::chrono::system_clock::now() + left, .left = left, .by_uid = deadline->by};
}

api::Status Admin::status() {
  const auto now = phase();
  const auto& in_force = parts_.commit.in_force();
  api::Status status{.phase = now.phase,
                     .reason = now.reason,
                     .phases = parts_.phases(),
                     .generation = in_force.generation,
                     .pending = pending()};
  if (const auto& config = parts_.commit.config()) {
    status.node.name = config->node.name;
    status.node.role = config::to_string(config->node.role);
    status.node.environment =
        config->node.environment == config::Environment::production ? "production" : "development";
  }
  status.config.path = parts_.config_path;
  status.config.sha256 = in_force.hash;
  status.config.loaded_at = if_ever(in_force.loaded_at);
  for (const auto& state : parts_.reconciler.states()) {
    status.domains.push_back({.condition = state.condition,
                              .last_run = if_ever(state.last_run),
                              .last_change = if_ever(state.last_change),
                              .heals = state.heals});
  }
  if (auto finding = parts_.steps.finding(); finding && !status.domains.empty())
    status.domains.front().condition.findings.push_back(*std::move(finding));
  status.peers = parts_.peers();
  status.bans = summarize_bans();
  if (auto first_boot = parts_.read_first_boot()) {
    status.first_boot = *std::move(first_boot);
  } else {
    status.first_boot = boost::json::object{{"error", first_boot.error().message()}};
  }
  if (auto changes = parts_.oplog.tail(kShownChanges)) status.changes = *std::move(changes);
  return status;
}

api::Answer<void> Admin::record(const api::Peer& by, core::LogEntry entry) {
  entry.actor = {.agent = false, .uid = by.uid, .gid = by.gid, .pid = by.pid, .name = by.name};
  if (auto place = parts_.oplog.append(entry); !place) {
    return std::unexpected(api::ApiError{
        .status = 507,
        .message = "refused, because it cannot be recorded: " + place.error().message()});
  }
  return {};
}

Task<std::vector<core::Check>> Admin::doctor() {
  const auto trouble = parts_.commit.in_force().trouble;
  std::vector<core::Check> checks;
  if (trouble.empty()) {
    checks.push_back({.id = std::string(kConfigCheck),
                      .outcome = core::Outcome::pass,
                      .evidence = parts_.config_path + " is in force",
                      .remedy = {}});
  } else {
    checks.push_back({.id = std::string(kConfigCheck),
                      .outcome = core::Outcome::fail,
                      .evidence = trouble,
                      .remedy = "kgnode check names the places; then kgnode apply"});
  }
  // The last good one may still be in force.
  const auto seen = co_await parts_.commit.plan(std::nullopt);
  if (!seen) {
    checks.push_back({.id = "node.domains",
                      .evidence = seen.error().message,
                      .remedy = "kgnode status tells what the node is doing without them"});
  } else {
    for (const auto& condition : *seen)
      std::ranges::move(core::make_checks(condition), std::back_inserter(checks));
  }
  checks.push_back(check_log());
  co_return checks;
}

Task<std::vector<core::BenchmarkItem>> Admin::benchmark(core::Profile profile) {
  const auto seen = co_await parts_.commit.plan(std::nullopt);
  if (seen) co_return core::make_benchmark(profile, *seen);
  std::vector<core::BenchmarkItem> nothing{
      {.rule = "-",
       .id = "node.domains",
       .title = "what the node's domains rule",
       .evidence = seen.error().message,
       .remedy = "kgnode status tells what the node is doing without them"}};
  co_return nothing;
}

Task<api::Answer<std::vector<core::Condition>>> Admin::plan(std::string text) {
  std::optional<std::string> wanted;
  if (!text.empty()) wanted = std::move(text);
  auto outcome = co_await parts_.commit.plan(std::move(wanted));
  if (!outcome) co_return std::unexpected(to_api(std::move(outcome).error()));
  co_return *std::move(outcome);
}

Task<api::Answer<api::Applied>> Admin::apply(std::string text,
                                             std::optional<std::chrono::seconds> window,
                                             api::Peer by) {
  core::LogEntry entry{
      .event = "apply",
      .text = window ? std::format("apply, to be confirmed within {}", kgnode::to_string(*window))
                     : std::string("apply"),
      .before = parts_.commit.in_force().hash,
      .after = state::hash_text(text),
      .outcome = "asked"};
  if (auto recorded = record(by, std::move(entry)); !recorded)
    co_return std::unexpected(std::move(recorded).error());
  auto outcome = co_await parts_.commit.apply(std::move(text), window, by.uid);
  co_return finish(by, "apply", std::move(outcome));
}

api::Answer<api::Applied> Admin::confirm(const api::Peer& by) {
  core::LogEntry entry{.event = "confirm", .text = "confirm", .outcome = "asked"};
  if (auto recorded = record(by, std::move(entry)); !recorded)
    return std::unexpected(std::move(recorded).error());
  auto outcome = parts_.commit.confirm();
  if (!outcome) return finish(by, "confirm", std::unexpected(std::move(outcome).error()));
  return finish(by, "confirm", std::vector<core::Condition>{});
}

Task<api::Answer<api::Applied>> Admin::revert(api::Peer by) {
  core::LogEntry entry{.event = "revert", .text = "revert", .outcome = "asked"};
  if (auto recorded = record(by, std::move(entry)); !recorded)
    co_return std::unexpected(std::move(recorded).error());
  auto outcome = co_await parts_.commit.revert("the operator said so");
  co_return finish(by, "revert", std::move(outcome));
}

api::Answer<api::Applied> Admin::finish(const api::Peer& by, std::string_view verb,
                                        Answer<std::vector<core::Condition>> outcome) {
  core::LogEntry entry{.event = std::string(verb),
                       .text = std::string(verb),
                       .after = parts_.commit.in_force().hash,
                       .outcome = outcome ? "done" : "refused",
                       .error = outcome ? std::string() : outcome.error().message};
  // The change is made or refused already: a record that fails now must not hide which.
  (void)record(by, std::move(entry));
  if (!outcome) return std::unexpected(to_api(std::move(outcome).error()));
  return api::Applied{.generation = parts_.commit.in_force().generation,
                      .domains = *std::move(outcome),
                      .pending = pending()};
}

namespace {

std::unexpected<api::ApiError> no_config() {
  return std::unexpected(api::ApiError{
      .status = 409,
      .message = "there is no configuration yet, so only the closed firewall is in force"});
}

}  // namespace

api::Answer<boost::json::value> Admin::firewall_show() {
  const auto& config = parts_.commit.config();
  if (!config) return no_config();
  const auto want = hardening::Firewall::desired(*config);
  return boost::json::object{{"text", hardening::firewall::to_nft_text(want.rules)}};
}

api::Answer<boost::json::value> Admin::firewall_explain(const std::string& from,
                                                        const std::string& to) {
  const auto& config = parts_.commit.config();
  if (!config) return no_config();
  auto own = parts_.list_addresses();
  if (!own) return std::unexpected(api::ApiError{.message = own.error().message()});
  const auto ban_of = [this](const Address& address) {
    const auto ban = parts_.book.find(address, std::chrono::system_clock::now());
    return ban && *ban ? std::optional((*ban)->source) : std::nullopt;
  };
  auto explained =
      cli::explain_firewall(*config, from, to, {.own = *std::move(own), .ban_of = ban_of});
  if (!explained)
    return std::unexpected(api::ApiError{.status = 400, .message = explained.error().message()});
  return cli::to_json(*explained);
}

api::Answer<std::vector<boost::json::object>> Admin::log_tail(std::size_t count) {
  auto entries = parts_.oplog.tail(count);
  if (!entries) return std::unexpected(api::ApiError{.message = entries.error().message()});
  return *std::move(entries);
}

api::Answer<core::LogReport> Admin::log_verify() {
  auto report = core::verify_log(core::kOplogFolder);
  if (!report) return std::unexpected(api::ApiError{.message = report.error().message()});
  return *std::move(report);
}

}  // namespace kgnode
