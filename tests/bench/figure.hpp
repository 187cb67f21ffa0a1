#pragma once
/// One line for each figure of a benchmark: name, value, unit, budget.
#include <algorithm>
#include <optional>
#include <print>
#include <string_view>
#include <vector>

namespace bench {

inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// Prints one figure; false when it is above its budget.
inline bool report(std::string_view name, double value, std::string_view unit,
                   std::optional<double> budget = std::nullopt) {
  if (!budget) {
    std::println("{} {:.2f} {} -", name, value, unit);
    return true;
  }
  const bool kept = value <= *budget;
  std::println("{} {:.2f} {} <={}{}", name, value, unit, *budget, kept ? "" : " ABOVE");
  return kept;
}

}  // namespace bench
