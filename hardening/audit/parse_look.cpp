/// The helper's file.
#include <array>
#include <format>
#include <utility>

#include "agent/base/text.hpp"
#include "hardening/audit/look.hpp"

namespace kgnode::hardening {
namespace {

using sys::AuditAccess;
using sys::AuditSeen;
using sys::AuditStatus;

constexpr std::array<std::pair<std::string_view, std::uint32_t AuditStatus::*>, 5> kNumbers{{
    {"enabled", &AuditStatus::enabled},
    {"daemon", &AuditStatus::daemon},
    {"backlog-limit", &AuditStatus::backlog_limit},
    {"backlog", &AuditStatus::backlog},
    {"lost", &AuditStatus::lost},
}};
constexpr std::array<std::pair<std::string_view, AuditAccess>, 3> kAccess{
    {{"open", AuditAccess::open}, {"none", AuditAccess::none}, {"closed", AuditAccess::closed}}};
constexpr std::size_t kHashLength = 64;

/// False: no such line is known, or its value is none.
bool take_line(std::string_view word, std::string_view rest, AuditSeen& seen) {
  for (const auto& [name, access] : kAccess) {
    if (word == "access" && rest == name) return seen.access = access, true;
  }
  for (const auto& [name, member] : kNumbers) {
    if (word != name) continue;
    const auto number = parse_int<std::uint32_t>(rest);
    if (number) seen.status.*member = *number;
    return number.has_value();
  }
  if (word == "hash" && rest.size() == kHashLength) return seen.rules.hash = rest, true;
  if (word != "rules") return false;
  const auto blank = rest.find(' ');
  const auto count = parse_int<unsigned>(rest.substr(0, blank));
  if (!count || blank == std::string_view::npos) return false;
  seen.rules.keys[std::string(rest.substr(blank + 1))] = *count;
  return true;
}

}  // namespace

std::string to_text(const AuditSeen& seen) {
  std::string text;
  for (const auto& [name, access] : kAccess) {
    if (seen.access == access) text += std::format("access {}\n", name);
  }
  for (const auto& [name, member] : kNumbers)
    text += std::format("{} {}\n", name, seen.status.*member);
  if (!seen.rules.hash.empty()) text += std::format("hash {}\n", seen.rules.hash);
  // Keys come from whoever loaded the rules.
  for (const auto& [key, count] : seen.rules.keys)
    text += std::format("rules {} {}\n", count, printable(key));
  return text;
}

Result<AuditSeen> parse_audit_look(std::string_view text) {
  AuditSeen seen;
  bool told = false;
  for (const auto line : split(text, '\n')) {
    if (line.empty()) continue;
    const auto blank = line.find(' ');
    const auto word = line.substr(0, blank);
    const auto rest = blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
    if (!take_line(word, rest, seen))
      return fail(Error::plain(
          std::format("what is seen of audit: no line is like {}", quote(printable(line)))));
    told = told || word == "access";
  }
  if (!told)
    return fail(Error::plain("what is seen of audit does not say whether it can be asked"));
  return seen;
}

}  // namespace kgnode::hardening
