/// /etc/passwd, /etc/shadow and /etc/group as values.
#include "hardening/accounts/parse_shadow.hpp"

#include <algorithm>

#include "agent/base/text.hpp"

namespace kgnode::hardening {
namespace {

using Fields = std::vector<std::string_view>;

/// Each line with so many fields and a name.
std::vector<Fields> read_lines(std::string_view text, std::size_t count) {
  std::vector<Fields> lines;
  for (const auto line : split(text, '\n')) {
    auto fields = split(line, ':');
    if (fields.size() == count && !fields[0].empty() && fields[0][0] != '#')
      lines.push_back(std::move(fields));
  }
  return lines;
}

Password password_of(std::string_view field) {
  if (field.empty()) return Password::empty;
  return field[0] == '!' || field[0] == '*' ? Password::locked : Password::set;
}

constexpr std::size_t kPasswdFields = 7;
constexpr std::size_t kShadowFields = 9;
constexpr std::size_t kGroupFields = 4;
constexpr unsigned kLastDay = 100'000;  // the year 2243

}  // namespace

std::vector<Account> parse_passwd(std::string_view text) {
  std::vector<Account> accounts;
  for (const auto& fields : read_lines(text, kPasswdFields)) {
    const auto uid = parse_int<unsigned>(fields[2]);
    const auto gid = parse_int<unsigned>(fields[3]);
    if (!uid || !gid) continue;
    accounts.push_back({.name = std::string(fields[0]),
                        .uid = *uid,
                        .gid = *gid,
                        .home = std::string(fields[5]),
                        .shell = std::string(fields[6]),
                        .shadowed = fields[1] == "x"});
  }
  return accounts;
}

std::vector<ShadowEntry> parse_shadow(std::string_view text) {
  std::vector<ShadowEntry> entries;
  for (const auto& fields : read_lines(text, kShadowFields)) {
    ShadowEntry entry{.name = std::string(fields[0]), .password = password_of(fields[1])};
    const auto day = parse_int<unsigned>(fields[7]);
    if (day && *day <= kLastDay)
      entry.expires = std::chrono::sys_days(std::chrono::days(static_cast<int>(*day)));
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<Group> parse_groups(std::string_view text) {
  std::vector<Group> groups;
  for (const auto& fields : read_lines(text, kGroupFields)) {
    const auto gid = parse_int<unsigned>(fields[2]);
    if (gid) groups.push_back({.name = std::string(fields[0]), .gid = *gid});
  }
  return groups;
}

bool has_hash(std::string_view shadow, std::string_view name, std::string_view hash) {
  const auto lines = read_lines(shadow, kShadowFields);
  return std::ranges::any_of(
      lines, [name, hash](const Fields& fields) { return fields[0] == name && fields[1] == hash; });
}

}  // namespace kgnode::hardening
