/// How log-ins are checked.
#include "hardening/accounts/pam.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "agent/base/text.hpp"

namespace kgnode::hardening {
namespace {

// success=1 passes over the next line: authfail is for those whom pam_unix did not take.
constexpr std::array<std::string_view, 4> kAuth{
    "auth\trequired\t\t\tpam_faillock.so preauth",
    "auth\t[success=1 default=ignore]\tpam_unix.so",
    "auth\t[default=die]\t\t\tpam_faillock.so authfail",
    "auth\tsufficient\t\t\tpam_faillock.so authsucc",
};
constexpr std::string_view kAccount = "account\trequired\t\t\tpam_faillock.so";
constexpr std::string_view kWheel = "auth       required   pam_wheel.so use_uid group=sugroup";

bool is_rule(std::string_view line) {
  const auto text = trim(line);
  return !text.empty() && text[0] != '#';
}

bool names(std::string_view line, std::string_view module) {
  return is_rule(line) && std::ranges::contains(split_words(line), module);
}

std::string join_lines(const std::vector<std::string_view>& lines) {
  std::string text;
  for (const auto line : lines) text += std::string(line) + "\n";
  return text;
}

/// Without the empty part behind the last line end.
std::vector<std::string_view> lines_of(std::string_view text) {
  auto lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace

std::optional<std::string> hardened_auth(std::string_view text) {
  auto lines = lines_of(text);
  std::erase_if(lines, [](std::string_view line) { return names(line, "pam_faillock.so"); });
  const auto is_unix = [](std::string_view line) { return names(line, "pam_unix.so"); };
  const auto first = std::ranges::find_if(lines, is_rule);
  // pam_unix first, alone, and one line to pass over: whatever comes before it or is passed over
  // besides would get another meaning.
  if (first == lines.end() || !is_unix(*first) || std::ranges::count_if(lines, is_unix) != 1 ||
      !first->contains("[success=1 default=ignore]"))
    return std::nullopt;
  const auto next = std::find_if(first + 1, lines.end(), is_rule);
  if (next == lines.end()) return std::nullopt;
  // Debian's next line refuses; here it is reached by those whom pam_faillock waved through only
  // when that line stands before the refusal.
  const auto refuses = names(*next, "pam_deny.so");
  if (!refuses) return std::nullopt;
  const auto place = lines.erase(first);
  lines.insert(place, kAuth.begin(), kAuth.end());
  return join_lines(lines);
}

std::optional<std::string> hardened_account(std::string_view text) {
  auto lines = lines_of(text);
  if (std::ranges::any_of(lines,
                          [](std::string_view line) { return names(line, "pam_faillock.so"); }))
    return std::string(text);
  const auto first = std::ranges::find_if(lines, is_rule);
  if (first == lines.end() || !names(*first, "pam_unix.so")) return std::nullopt;
  // Behind pam_unix, which some auditors want: it is reached by those whom pam_unix did not refuse.
  lines.push_back(kAccount);
  return join_lines(lines);
}

std::optional<std::string> hardened_su(std::string_view text) {
  auto lines = lines_of(text);
  if (std::ranges::contains(lines, kWheel)) return std::string(text);
  const auto first = std::ranges::find_if(lines, is_rule);
  // Behind root's own line, or root would have to be a member.
  if (first == lines.end() || !names(*first, "pam_rootok.so") || !names(*first, "sufficient"))
    return std::nullopt;
  if (std::ranges::any_of(lines, [](std::string_view line) { return names(line, "pam_wheel.so"); }))
    return std::nullopt;
  lines.insert(first + 1, kWheel);
  return join_lines(lines);
}

const PamRow* find_pam_row(std::string_view row) {
  static constexpr std::array<PamRow, 3> kRows{
      {{"faillock-auth", "/etc/pam.d/common-auth", "pam_faillock around pam_unix", hardened_auth},
       {"faillock-account", "/etc/pam.d/common-account", "pam_faillock", hardened_account},
       {"su", "/etc/pam.d/su", "pam_wheel", hardened_su}}};
  const auto found = std::ranges::find(kRows, row, &PamRow::row);
  return found == kRows.end() ? nullptr : &*found;
}

}  // namespace kgnode::hardening
