/// The doctor's checks as text for people.
#include <algorithm>
#include <format>
#include <string>

#include <boost/json.hpp>

#include "agent/cli/json_view.hpp"
#include "agent/cli/output.hpp"

namespace kgnode::cli {

using boost::json::value;

std::string render_doctor(const value& answer, const Paint& paint) {
  const auto checks = list_at(answer, "checks");
  std::string text;
  // What is wrong comes last, where it is seen.
  for (const auto* outcome : {"pass", "unknown", "fail"}) {
    for (const auto& check : checks) {
      if (show_at(check, "outcome") != outcome) continue;
      text += std::format("{} {}: {}\n", paint(tone_of(outcome), std::format("{:<8}", outcome)),
                          show_at(check, "id"), show_at(check, "evidence"));
      if (const auto& remedy = at(check, "remedy"); !remedy.is_null())
        text += std::format("         -> {}\n", show(remedy));
    }
  }
  return text + std::format("{} passed, {} failed, {} unknown\n", show_at(answer, "passed"),
                            show_at(answer, "failed"), show_at(answer, "unknown"));
}

bool has_only_passes(const value& answer) {
  const auto checks = list_at(answer, "checks");
  return !checks.empty() && std::ranges::all_of(checks, [](const value& check) {
    return show_at(check, "outcome") == "pass";
  });
}

}  // namespace kgnode::cli
