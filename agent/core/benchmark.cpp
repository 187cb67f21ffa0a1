/// How the node stands against the rules of one auditor.
#include "agent/core/benchmark.hpp"

#include <algorithm>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode::core {
namespace {

struct Source {
  std::string_view prefix;  // of its ids in the tables
  std::string_view title;
};
constexpr std::array<Source, kProfiles.size()> kSources{{
    {"CIS-D13 ", "CIS Debian Linux 13 Benchmark v1.0.0"},
    {"ANSSI-BP28 ", "ANSSI BP-028"},
    {"CIS-K3s ", "CIS benchmark for K3s, the node's part"},
}};

const Source& source_of(Profile profile) { return kSources.at(static_cast<std::size_t>(profile)); }

/// The ids of one auditor in a list such as "CIS-D13 1.5.9, ANSSI-BP28 R9, KSPP".
std::vector<std::string> ids_in(std::string_view list, std::string_view prefix) {
  std::vector<std::string> ids;
  for (const auto part : split(list, ',')) {
    const auto id = trim(part);
    if (id.starts_with(prefix)) ids.emplace_back(id.substr(prefix.size()));
  }
  return ids;
}

/// "CIS-D13 3.3.1.1, ANSSI-BP28 R12: they want 0": ids that a value goes against, and the reason.
struct Deviation {
  std::string_view ids;
  std::string_view reason;
};
Deviation split_deviation(std::string_view text) {
  const auto colon = text.find(": ");
  const auto head = text.substr(0, colon);
  const bool names = colon != std::string_view::npos &&
                     std::ranges::any_of(kSources, [head](const Source& source) {
                       return head.starts_with(source.prefix);
                     });
  return names ? Deviation{head, text.substr(colon + 2)} : Deviation{"", text};
}

/// Numbers are in order of their value: 1.1.9 before 1.1.10.
bool comes_before(const BenchmarkItem& a, const BenchmarkItem& b) {
  const auto left = split(a.rule, '.');
  const auto right = split(b.rule, '.');
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    const auto digits = [](std::string_view part) {
      return parse_int<unsigned>(part.starts_with('R') ? part.substr(1) : part);
    };
    const auto x = digits(left[i]);
    const auto y = digits(right[i]);
    if (x.has_value() != y.has_value()) return x.has_value();
    if (x && *x != *y) return *x < *y;
    if (!x && left[i] != right[i]) return left[i] < right[i];
  }
  return left.size() < right.size();
}

void add_item(std::vector<BenchmarkItem>& all, const Item& item, std::string_view prefix) {
  const auto deviation = split_deviation(item.deviation);
  BenchmarkItem line{.id = item.id,
                     .title = item.title,
                     .outcome = outcome_of(item.kind),
                     .evidence = item.evidence,
                     .remedy = item.remedy};
  // What goes against a rule on purpose fails it, whatever else it holds.
  for (auto& rule : ids_in(deviation.ids, prefix)) {
    auto against = line;
    against.rule = std::move(rule);
    against.remedy.clear();
    against.reason = deviation.reason;
    if (against.outcome == Outcome::pass) against.outcome = Outcome::fail;
    all.push_back(std::move(against));
  }
  const auto named = ids_in(deviation.ids, prefix);
  for (auto& rule : ids_in(item.rules, prefix)) {
    if (std::ranges::contains(named, rule)) continue;
    auto own = line;
    own.rule = std::move(rule);
    if (own.outcome == Outcome::fail && deviation.ids.empty()) own.reason = deviation.reason;
    all.push_back(std::move(own));
  }
}

}  // namespace

std::optional<Profile> parse_profile(std::string_view name) {
  const auto* const found = std::ranges::find(kProfiles, name);
  if (found == kProfiles.end()) return std::nullopt;
  return static_cast<Profile>(found - kProfiles.begin());
}

std::string_view to_string(Profile profile) {
  return kProfiles.at(static_cast<std::size_t>(profile));
}

std::string_view title_of(Profile profile) { return source_of(profile).title; }

std::vector<BenchmarkItem> make_benchmark(Profile profile, std::span<const Condition> conditions) {
  std::vector<BenchmarkItem> all;
  for (const auto& condition : conditions) {
    for (const auto& item : condition.items) add_item(all, item, source_of(profile).prefix);
    // Its rules are missing from the list, which must not pass for their holding.
    if (condition.phase == Phase::unknown) {
      all.push_back({.rule = "-",
                     .id = condition.domain + ".in_sync",
                     .title = "what the domain " + condition.domain + " rules",
                     .evidence = condition.error.empty() ? "not looked at yet" : condition.error,
                     .remedy = "journalctl -u kgnode tells why"});
    }
  }
  std::ranges::stable_sort(all, comes_before);
  return all;
}

}  // namespace kgnode::core
