/// What the admin API asks about bans.
#include <format>
#include <utility>

#include "agent/admin.hpp"
#include "agent/base/text.hpp"
#include "agent/base/units.hpp"
#include "agent/cli/ban_summary.hpp"
#include "agent/figures.hpp"

namespace kgnode {
namespace {

using boost::json::value;
using hardening::ban::Ban;

std::unexpected<api::ApiError> refused(unsigned status, std::string message) {
  return std::unexpected(api::ApiError{.status = status, .message = std::move(message)});
}

std::unexpected<api::ApiError> no_source(const std::string& text) {
  return refused(400,
                 std::format("{} is no address or network, such as \"203.0.113.7\"", quote(text)));
}

boost::json::array list_jails(const hardening::ban::Engine& engine) {
  boost::json::array jails;
  for (std::size_t i = 0; i < engine.jails().size(); ++i) {
    const auto& rule = engine.jails()[i].rule;
    const auto& seen = engine.counters()[i];
    jails.push_back({{"name", rule.jail},
                     {"threshold", rule.threshold},
                     {"window", kgnode::to_string(rule.window)},
                     {"time", kgnode::to_string(rule.time)},
                     {"lines", seen.lines},
                     {"hits", seen.hits},
                     {"harmless", seen.harmless},
                     {"unknown", seen.unknown},
                     {"bans", seen.bans}});
  }
  return jails;
}

}  // namespace

value Admin::summarize_bans() const {
  const auto& counts = parts_.book.counts();
  const auto& last = parts_.book.last();
  return {{"in_force",
           {{"ipv4", counts.ipv4},
            {"ipv6", counts.ipv6},
            {"networks", counts.networks},
            {"listed", parts_.book.listed().size()}}},
          {"since_start", parts_.book.begun()},
          {"last", last ? to_json(*last) : value(nullptr)},
          {"jails", list_jails(parts_.engine)}};
}

api::Answer<value> Admin::ban_list() {
  const auto bans = parts_.book.list(std::chrono::system_clock::now());
  if (!bans) return refused(500, bans.error().message());
  boost::json::array list;
  for (const auto& ban : *bans) list.push_back(to_json(ban));
  return value{{"bans", std::move(list)},
               {"jails", list_jails(parts_.engine)},
               {"spared", cli::to_json(parts_.engine.spared())}};
}

api::Answer<value> Admin::ban_add(const std::string& source, std::chrono::seconds time,
                                  const api::Peer& by) {
  const auto prefix = parse_prefix(source);
  if (!prefix) return no_source(source);
  if (const auto* never = find_never(parts_.engine.never(), *prefix)) {
    return refused(409, std::format("{} is never banned: {} ({})", to_string(*prefix),
                                    never->reason, to_string(never->network)));
  }
  core::LogEntry entry{
      .event = "ban.add",
      .domain = "ban",
      .text = std::format("ban {} for {}", to_string(*prefix), kgnode::to_string(time)),
      .outcome = "asked"};
  if (auto recorded = record(by, std::move(entry)); !recorded)
    return std::unexpected(std::move(recorded).error());
  const auto now = std::chrono::system_clock::now();
  const Ban ban{
      .source = *prefix, .jail = hardening::ban::kManualJail, .since = now, .until = now + time};
  if (auto done = parts_.book.add({{.ban = ban, .lines = {}}}, now); !done)
    return refused(500, done.error().message());
  if (!parts_.book.trouble().empty()) return refused(507, parts_.book.trouble());
  return value{{"ban", to_json(ban)}};
}

api::Answer<value> Admin::ban_remove(const std::string& source, const api::Peer& by) {
  const auto prefix = parse_prefix(source);
  if (!prefix) return no_source(source);
  const auto now = std::chrono::system_clock::now();
  const auto ban = parts_.book.find(prefix->network, now);
  if (!ban) return refused(500, ban.error().message());
  if (!*ban || !(*ban)->source.contains(*prefix)) {
    return refused(404,
                   to_string(*prefix) + " is not banned; \"kgnode ban list\" has those that are");
  }
  core::LogEntry entry{.event = "ban.remove",
                       .domain = "ban",
                       .text = "lift the ban of " + to_string((*ban)->source),
                       .outcome = "asked"};
  if (auto recorded = record(by, std::move(entry)); !recorded)
    return std::unexpected(std::move(recorded).error());
  if (auto lifted = parts_.book.lift((*ban)->source, now); !lifted)
    return refused(500, lifted.error().message());
  return value{{"ban", to_json(**ban)}};
}

api::Answer<value> Admin::ban_why(const std::string& address) {
  const auto prefix = parse_prefix(address);
  if (!prefix) return no_source(address);
  const auto now = std::chrono::system_clock::now();
  value answer{{"verdict", "not banned"},
               {"ban", nullptr},
               {"reason", nullptr},
               {"lines", boost::json::array{}}};
  auto& object = answer.as_object();
  if (const auto* never = find_never(parts_.engine.never(), *prefix)) {
    object["verdict"] = "never banned";
    object["reason"] = std::format("{} ({})", never->reason, to_string(never->network));
    return answer;
  }
  const auto in_force = parts_.book.find(prefix->network, now);
  if (!in_force) return refused(500, in_force.error().message());
  const auto story =
      parts_.book.tell(*in_force ? (*in_force)->source : parts_.engine.source_of(prefix->network));
  if (!story) return refused(500, story.error().message());
  if (!*story) return answer;
  object["verdict"] = *in_force ? "banned" : "was banned";
  object["ban"] = to_json((*story)->ban);
  object["lines"] = boost::json::array((*story)->lines.begin(), (*story)->lines.end());
  return answer;
}

}  // namespace kgnode
