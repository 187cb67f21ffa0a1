/// Answers of the admin API as text for people.
#include "agent/cli/output.hpp"

#include <algorithm>
#include <format>
#include <vector>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/cli/json_view.hpp"
#include "agent/cli/output_parts.hpp"

namespace kgnode::cli {
namespace {

using boost::json::value;

bool is_multi_line(const value& text) {
  return text.is_string() && text.get_string().find('\n') != boost::json::string::npos;
}

// Each line of a value, marked.
std::string render_lines(const value& text, std::string_view mark) {
  if (!text.is_string()) return {};
  std::string lines;
  std::string_view rest = text.get_string();
  if (rest.ends_with('\n')) rest.remove_suffix(1);
  for (const auto line : split(rest, '\n'))
    lines += std::format("      {} {}\n", mark, printable(line));
  return lines;
}

// "+" comes, "-" goes, "~" changes.
char mark_of(const value& step) {
  const bool before = !at(step, "before").is_null();
  const bool after = !at(step, "after").is_null();
  if (before == after) return '~';
  return after ? '+' : '-';
}

std::string render_step(const value& step) {
  const value& before = at(step, "before");
  const value& after = at(step, "after");
  std::string line = std::format("  {} {}", mark_of(step), show_at(step, "text"));
  const bool block = is_multi_line(before) || is_multi_line(after);
  if (!block && !before.is_null() && !after.is_null()) {
    line += std::format(": {} -> {}", show(before), show(after));
  } else if (!block && !after.is_null()) {
    line += std::format(": {}", show(after));
  } else if (!block && !before.is_null()) {
    line += std::format(": was {}", show(before));
  }
  const std::string risk = show_at(step, "risk");
  if (risk == "disruptive" || risk == "lockout") line += std::format("  [{}]", risk);
  line += "\n";
  if (block) line += render_lines(before, "-") + render_lines(after, "+");
  return line;
}

std::string render_finding(const value& finding) {
  std::string line = std::format("  ! {} {}: {}", show_at(finding, "kind"), show_at(finding, "id"),
                                 show_at(finding, "text"));
  if (!at(finding, "remedy").is_null()) line += "; " + show_at(finding, "remedy");
  return line + "\n";
}

std::string render_findings(const value& domain) {
  // A container lacks dozens of things; the rest is for -o json.
  constexpr std::size_t kShown = 3;
  const auto findings = list_at(domain, "findings");
  std::string text;
  for (const auto& finding : findings.first(std::min(kShown, findings.size())))
    text += render_finding(finding);
  if (findings.size() > kShown)
    text += std::format("  ! {} more findings: -o json has them all\n", findings.size() - kShown);
  return text;
}

// Empty for a domain with nothing to say.
std::string render_domain(const value& domain, bool with_steps) {
  std::string text;
  if (!at(domain, "error").is_null())
    text += std::format("  x {}: {}", show_at(domain, "phase"), show_at(domain, "error")) + "\n";
  if (with_steps) {
    for (const auto& step : list_at(domain, "steps")) text += render_step(step);
  }
  text += render_findings(domain);
  return text.empty() ? text : show_at(domain, "name") + "\n" + text;
}

std::string show_actor(const value& actor) {
  if (show_at(actor, "kind") == "agent") return "agent";
  const std::string name = show_at(actor, "name");
  return name == "-" ? "uid " + show_at(actor, "uid") : name;
}

std::string describe_entry(const value& entry) {
  std::string text = show_at(entry, "text");
  const value& before = at(entry, "before");
  const value& after = at(entry, "after");
  // A whole file is for -o json; a table has room for a value.
  constexpr std::size_t kLongestValue = 40;
  const auto was = show(before);
  const auto is = show(after);
  const bool fits = was.size() <= kLongestValue && is.size() <= kLongestValue;
  if ((!before.is_null() || !after.is_null()) && fits) text += std::format(": {} -> {}", was, is);
  if (!at(entry, "error").is_null()) text += std::format(" ({})", show_at(entry, "error"));
  return text;
}

}  // namespace

std::string render_domains(const value& answer, bool with_steps) {
  std::string text;
  for (const auto& domain : list_at(answer, "domains")) text += render_domain(domain, with_steps);
  return text;
}

std::string render_pending(const value& pending) {
  return std::format("goes back at {} ({} s left), applied by uid {}; kgnode confirm keeps it",
                     show_time(at(pending, "deadline")), show_at(pending, "seconds_left"),
                     show_at(pending, "by_uid"));
}

std::string render_entries(std::span<const value> entries, std::string_view indent) {
  std::vector<std::vector<std::string>> rows{
      {"ENTRY", "TIME", "BY", "EVENT", "DOMAIN", "OUTCOME", "WHAT"}};
  for (const auto& entry : entries) {
    rows.push_back({show_at(entry, "seq"), show_time(at(entry, "time")),
                    show_actor(at(entry, "actor")), show_at(entry, "event"),
                    show_at(entry, "domain"), show_at(entry, "outcome"), describe_entry(entry)});
  }
  return render_table(rows, indent);
}

std::string render_json(const value& answer) { return boost::json::serialize(answer) + "\n"; }

bool has_changes(const value& plan) { return is_true(at(plan, "changes")); }

std::string render_plan(const value& plan) {
  std::size_t steps = 0;
  for (const auto& domain : list_at(plan, "domains")) steps += list_at(domain, "steps").size();
  std::string text = render_domains(plan);
  if (!text.empty()) text += "\n";
  if (steps == 0) return text + "nothing to do\n";
  return text + std::format("{} {}\n", steps, steps == 1 ? "change" : "changes");
}

std::string render_applied(const value& applied) {
  std::string text = render_domains(applied);
  text += std::format("generation {}", show_at(applied, "generation")) + "\n";
  if (!at(applied, "pending").is_null()) text += render_pending(at(applied, "pending")) + "\n";
  return text;
}

std::string render_log(const value& log) {
  const auto entries = list_at(log, "entries");
  return entries.empty() ? "no entry\n" : render_entries(entries, "");
}

std::string render_log_report(const value& report) {
  const value& last = at(report, "last");
  const std::string good = std::format("{} entries, last {} {}", show_at(report, "entries"),
                                       show_at(last, "seq"), show_at(last, "hash"));
  if (is_true(at(report, "whole"))) return "whole: " + good + "\n";
  const value& broken = at(report, "break");
  std::string place = show_at(broken, "file");
  if (!at(broken, "line").is_null()) place += ":" + show_at(broken, "line");
  return std::format("{}: {}: {}\ngood until there: {}\n", show_at(broken, "kind"), place,
                     show_at(broken, "text"), good);
}

std::string render_firewall(const value& firewall) {
  const value& text = at(firewall, "text");
  if (!text.is_string()) return "-\n";
  std::string lines;
  for (const auto line : split(trim(text.get_string()), '\n')) {
    const auto content = line.find_first_not_of('\t');  // nft indents with tabs
    if (content == std::string_view::npos) continue;
    lines += std::string(content * 4, ' ') + printable(line.substr(content)) + "\n";
  }
  return lines;
}

std::string render_explanation(const value& explanation) {
  return std::format("{} {}\n", show_at(explanation, "verdict"), show_at(explanation, "text"));
}

std::string render_error(const value& answer) {
  const value& error = at(answer, "error");
  std::string text = show_at(error, "message") + "\n";
  for (const auto& found : list_at(at(error, "detail"), "diagnostics")) {
    text += std::format("{}:{}:{}: {}\n", show_at(found, "file"), show_at(found, "line"),
                        show_at(found, "column"), show_at(found, "message"));
  }
  return text;
}

}  // namespace kgnode::cli
