/// The jails and how each tells an offence.
#include "hardening/ban/matchers.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "agent/sys/regex.hpp"
#include "hardening/ban/lines.hpp"
#include "hardening/ban/words.hpp"

namespace kgnode::hardening::ban {
namespace {

constexpr std::array<std::string_view, 3> kSshd = {"sshd", "sshd-session", "sshd-auth"};
constexpr std::array<std::string_view, 1> kIngress = {"nginx"};
constexpr std::array<std::string_view, 2> kApiServer = {"k3s", "kube-apiserver"};
constexpr std::array<std::string_view, 1> kSupervisor = {"k3s"};

bool belongs_to_address(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view(".:%_-").contains(c);
}

// What of `line` stands around the part without a blank or a mark between.
std::pair<std::string_view, std::string_view> around(std::string_view line, std::string_view part) {
  const auto begin = static_cast<std::size_t>(part.data() - line.data());
  std::size_t from = begin;
  while (from > 0 && belongs_to_address(line[from - 1])) --from;
  const auto after = line.substr(begin + part.size());
  const auto end = std::ranges::find_if_not(after, belongs_to_address);
  return {line.substr(from, begin - from),
          after.substr(0, static_cast<std::size_t>(end - after.begin()))};
}

// A pattern that takes a part of an address ("203.0.113.2" of "203.0.113.25") would ban somebody
// else. Behind a whole one there may be the end of a sentence, or a port.
bool is_whole(std::string_view line, std::string_view part) {
  auto [before, after] = around(line, part);
  if (!before.empty()) return false;
  if (after.empty() || after == "." || after == ":") return true;
  return !part.contains(':') && take_prefix(after, ":") && !take_digits(after).empty() &&
         (after.empty() || after == "." || after == ":");
}

std::optional<Hit> match_own(const sys::Regex& regex, std::uint16_t weight, std::string_view line) {
  const auto part = regex.address(line);
  if (!part || !is_whole(line, *part)) return std::nullopt;
  const auto source = parse_source(*part);
  if (!source) return std::nullopt;
  return Hit{.address = *source, .weight = weight};
}

}  // namespace

std::vector<OwnJail> own_jails(const config::Ban& settings) {
  std::vector<OwnJail> own;
  for (const auto& jail : settings.jails) {
    if (!jail.enabled || std::ranges::contains(config::kBuiltInJails, jail.name)) continue;
    own.push_back({jail.name, jail.pattern, static_cast<std::uint16_t>(jail.weight)});
  }
  return own;
}

Result<std::vector<Matcher>> make_matchers(std::span<const OwnJail> own) {
  std::vector<Matcher> matchers = {
      {.jail = "sshd", .match = parse_sshd, .programs = kSshd, .shape = shape_of_sshd},
      {.jail = "ingress-nginx",
       .match = parse_ingress,
       .programs = kIngress,
       .shape = shape_of_ingress},
      {.jail = "kube-apiserver",
       .match = parse_audit,
       .programs = kApiServer,
       .shape = shape_of_audit},
      {.jail = "k3s-supervisor", .match = parse_supervisor, .programs = kSupervisor}};
  for (const auto& jail : own) {
    auto regex = sys::Regex::compile(jail.pattern);
    if (!regex) return fail(std::move(regex).error().in("jail \"" + jail.name + "\""));
    // std::function wants to be copied, RE2 does not.
    auto shared = std::make_shared<const sys::Regex>(*std::move(regex));
    matchers.push_back(
        {.jail = jail.name, .match = [shared, weight = jail.weight](std::string_view line) {
           return match_own(*shared, weight, line);
         }});
  }
  return matchers;
}

bool is_for(const Matcher& matcher, std::string_view program) {
  return matcher.programs.empty() || std::ranges::contains(matcher.programs, program);
}

}  // namespace kgnode::hardening::ban
