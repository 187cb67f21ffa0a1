/// The doctor's checks as text for people.
#include <algorithm>
#include <format>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "agent/cli/json_view.hpp"
#include "agent/cli/output.hpp"

namespace kgnode::cli {

using boost::json::value;

std::string render_doctor(const value& answer, const Paint& paint) {
  const auto checks = list_at(answer, "checks");
  std::string text;
  // What is wrong comes last, where it is seen.
  for (const auto* outcome : {"pass", "not_applicable", "unknown", "fail"}) {
    const auto* const word = outcome == std::string_view("not_applicable") ? "n/a" : outcome;
    for (const auto& check : checks) {
      if (show_at(check, "outcome") != outcome) continue;
      text += std::format("{} {}: {}\n", paint(tone_of(outcome), std::format("{:<8}", word)),
                          show_at(check, "id"), show_at(check, "evidence"));
      if (const auto& remedy = at(check, "remedy"); !remedy.is_null())
        text += std::format("         -> {}\n", show(remedy));
    }
  }
  return text + std::format("{} passed, {} failed, {} unknown, {} not applicable\n",
                            show_at(answer, "passed"), show_at(answer, "failed"),
                            show_at(answer, "unknown"), show_at(answer, "not_applicable"));
}

bool has_only_passes(const value& answer) {
  const auto checks = list_at(answer, "checks");
  return !checks.empty() && std::ranges::all_of(checks, [](const value& check) {
    const auto outcome = show_at(check, "outcome");
    return outcome == "pass" || outcome == "not_applicable";
  });
}

std::string render_benchmark(const value& answer) {
  std::string text =
      std::format("# {}\n# node {}, kgnode {}, {}\n", show_at(answer, "title"),
                  show_at(answer, "node"), show_at(answer, "version"), show_at(answer, "time"));
  std::size_t deviations = 0;
  for (const auto& item : list_at(answer, "items")) {
    const auto outcome = show_at(item, "outcome");
    const auto& reason = at(item, "reason");
    deviations += reason.is_null() ? 0 : 1;
    text += std::format("\n{:<5} {} {}\n      {} ({})\n",
                        outcome == "not_applicable" ? "n/a" : outcome, show_at(item, "rule"),
                        show_at(item, "title"), show_at(item, "evidence"), show_at(item, "id"));
    if (const auto& remedy = at(item, "remedy"); !remedy.is_null())
      text += std::format("      -> {}\n", show(remedy));
    if (!reason.is_null()) text += std::format("      because: {}\n", show(reason));
  }
  return text +
         std::format(
             "\n{} passed, {} failed, {} of them on purpose, {} unknown, {} not applicable\n",
             show_at(answer, "passed"), show_at(answer, "failed"), deviations,
             show_at(answer, "unknown"), show_at(answer, "not_applicable"));
}

bool is_accounted_for(const value& answer) {
  const auto items = list_at(answer, "items");
  return !items.empty() && std::ranges::all_of(items, [](const value& item) {
    const auto outcome = show_at(item, "outcome");
    return outcome == "pass" || outcome == "not_applicable" ||
           (outcome == "fail" && !at(item, "reason").is_null());
  });
}

}  // namespace kgnode::cli
