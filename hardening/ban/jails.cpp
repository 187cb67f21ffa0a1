/// The jails in force.
#include "hardening/ban/jails.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "hardening/ban/matchers.hpp"

namespace kgnode::hardening::ban {
namespace {

using namespace std::chrono_literals;

// Written by root: no other local user can do that, whatever name they give themselves. _COMM would
// be missing where a process ended before journald looked.
sys::JournalMatch sshd_journal() {
  return {{.name = "_UID", .values = {"0"}},
          {.name = "SYSLOG_IDENTIFIER", .values = {"sshd", "sshd-session", "sshd-auth"}}};
}

sys::JournalMatch unit_journal(std::vector<std::string> units) {
  return {{.name = "_SYSTEMD_UNIT", .values = std::move(units)}};
}

const std::vector<std::string>& k3s_units() {
  static const std::vector<std::string> units = {"k3s.service", "k3s-agent.service"};
  return units;
}

// Thresholds are sums of the weights in docs/domains/ban.md.
std::vector<Jail> built_in_jails() {
  return {{.rule = {.jail = "sshd", .threshold = 10, .window = 10min, .time = 1h},
           .journal = sshd_journal(),
           .units = {"ssh.service", "sshd.service", "ssh@*.service", "sshd@*.service"}},
          {.rule = {.jail = "ingress-nginx", .threshold = 50, .window = 5min, .time = 1h},
           .file = "/var/log/pods/ingress-nginx_*_*/controller/*.log"},
          {.rule = {.jail = "kube-apiserver", .threshold = 20, .window = 10min, .time = 1h},
           .file = "/var/lib/rancher/k3s/server/logs/audit.log"},
          {.rule = {.jail = "k3s-supervisor", .threshold = 6, .window = 10min, .time = 1h},
           .journal = unit_journal(k3s_units()),
           .units = k3s_units()}};
}

Jail own_jail(const config::Jail& settings) {
  Jail jail{.rule = {.jail = settings.name}, .file = settings.file};
  if (settings.unit.empty()) return jail;
  jail.journal = unit_journal({settings.unit});
  jail.units = {settings.unit};
  return jail;
}

void change(Jail& jail, const config::Jail& settings) {
  jail.rule.threshold = settings.threshold.value_or(jail.rule.threshold);
  jail.rule.window = settings.window.value_or(jail.rule.window);
  jail.rule.time = settings.time.value_or(jail.rule.time);
  if (!settings.file.empty()) jail.file = settings.file;
}

const std::string& name_of(const Jail& jail) { return jail.rule.jail; }

bool is_built_in(const config::Jail& settings) {
  return std::ranges::contains(config::kBuiltInJails, settings.name);
}

}  // namespace

Result<std::vector<Jail>> make_jails(const config::Ban& settings) {
  auto jails = built_in_jails();
  for (const auto& changed : settings.jails) {
    if (!is_built_in(changed)) jails.push_back(own_jail(changed));
    const auto jail = std::ranges::find(jails, changed.name, name_of);
    change(*jail, changed);
    if (!changed.enabled) jails.erase(jail);
  }
  for (auto& matcher : TRY(make_matchers(own_jails(settings)))) {
    const auto jail = std::ranges::find(jails, matcher.jail, name_of);
    if (jail == jails.end()) continue;
    jail->match = std::move(matcher.match);
    jail->shape = matcher.shape;
  }
  return jails;
}

Rules make_rules(const config::Ban& settings, const std::vector<Jail>& jails,
                 std::vector<Never> never) {
  Rules rules{.never = std::move(never),
              .ipv4_prefix = settings.ipv4_prefix,
              .ipv6_prefix = settings.ipv6_prefix,
              .escalation = settings.escalation,
              .longest = settings.longest,
              .remember = settings.remember};
  for (const auto& jail : jails) rules.jails.push_back(jail.rule);
  return rules;
}

bool is_of_unit(const Jail& jail, std::string_view unit) {
  return std::ranges::any_of(jail.units, [unit](std::string_view wanted) {
    const auto star = wanted.find('*');
    if (star == std::string_view::npos) return unit == wanted;
    const auto before = wanted.substr(0, star);
    const auto after = wanted.substr(star + 1);
    return unit.size() >= before.size() + after.size() && unit.starts_with(before) &&
           unit.ends_with(after);
  });
}

bool is_pod_log(std::string_view path) { return path.starts_with("/var/log/pods/"); }

}  // namespace kgnode::hardening::ban
