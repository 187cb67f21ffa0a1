/// The packet filter of a configuration, without the agent.
#include "agent/cli/firewall.hpp"

#include <format>
#include <optional>
#include <print>
#include <utility>

#include "agent/base/text.hpp"
#include "agent/cli/output.hpp"
#include "agent/config/load.hpp"
#include "agent/sys/files.hpp"
#include "hardening/firewall/firewall.hpp"
#include "hardening/firewall/text.hpp"

namespace kgnode::cli {
namespace {

std::optional<config::Config> load(const std::string& file) {
  sys::RealFiles files;
  auto loaded = config::load_file(files, file);
  if (!loaded) {
    std::println(stderr, "kgnode: {}", loaded.error().message());
    return std::nullopt;
  }
  for (const auto& diagnostic : loaded->diagnostics)
    std::print(stderr, "{}", config::to_text(diagnostic));
  return std::move(loaded->config);
}

void print(const boost::json::object& answer, bool json,
           std::string (*render)(const boost::json::value&)) {
  std::print("{}", json ? render_json(answer) : render(answer));
}

}  // namespace

Result<hardening::firewall::Explanation> explain_firewall(const config::Config& config,
                                                          const std::string& from,
                                                          const std::string& to,
                                                          const NodeFacts& facts) {
  const auto source = parse_address(from);
  if (!source) return fail(Error::plain(quote(from) + " is not an IP address"));
  const auto target = hardening::firewall::parse_target(to);
  if (!target) {
    return fail(Error::plain(quote(to) + " is not a target: one looks like 10.0.0.11:6443/tcp, "
                                         "[2001:db8::1]:22/tcp, or 10.0.0.11 for a ping"));
  }
  auto rules = hardening::Firewall::desired(config).rules;
  if (const auto ban = facts.ban_of ? facts.ban_of(*source) : std::nullopt) {
    hardening::firewall::add_ban(rules, *ban,
                                 {.ipv4 = config.ban.ipv4_prefix, .ipv6 = config.ban.ipv6_prefix});
  }
  return hardening::firewall::explain(
      rules, hardening::firewall::make_packet(config, *source, *target, facts.own));
}

boost::json::object to_json(const hardening::firewall::Explanation& explanation) {
  boost::json::array trace;
  for (const auto& line : explanation.trace) trace.push_back(boost::json::object{{"rule", line}});
  return {{"verdict", explanation.pass ? "pass" : "drop"},
          {"rule", explanation.rule},
          {"text", "rule " + explanation.rule},
          {"trace", std::move(trace)}};
}

int show_firewall_of(const std::string& file, const std::string& role, bool json) {
  auto config = load(file);
  if (!config) return 1;
  if (!role.empty())
    config->node.role = role == "worker" ? config::Role::worker : config::Role::control_plane;
  const auto rules = hardening::Firewall::desired(*config).rules;
  print({{"text", hardening::firewall::to_nft_text(rules)}}, json, render_firewall);
  return 0;
}

int explain_packet_of(const std::string& file, const std::string& from, const std::string& to,
                      bool json) {
  const auto config = load(file);
  if (!config) return 1;
  const auto explained = explain_firewall(*config, from, to);
  if (!explained) {
    std::println(stderr, "kgnode: {}", explained.error().message());
    return 1;
  }
  print(to_json(*explained), json, render_explanation);
  return 0;
}

}  // namespace kgnode::cli
