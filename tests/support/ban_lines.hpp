#pragma once
/// Corpora of log lines with their verdicts: tests/data/ban/*.lines.
#include <format>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "hardening/ban/types.hpp"
#include "tests/support/catch.hpp"

namespace test {

struct BanLine {
  std::string verdict;  // "ADDRESS WEIGHT", or "-"
  std::string line;
};

inline std::vector<BanLine> read_ban_lines(const std::string& name) {
  std::ifstream in(std::string(TEST_DATA) + "/ban/" + name);
  std::vector<BanLine> lines;
  for (std::string text; std::getline(in, text);) {
    if (text.starts_with('#')) continue;
    const auto tab = text.find('\t');
    REQUIRE(tab != std::string::npos);
    lines.push_back({text.substr(0, tab), text.substr(tab + 1)});
  }
  return lines;
}

inline std::string to_verdict(const std::optional<kgnode::hardening::ban::Hit>& hit) {
  return hit ? std::format("{} {}", kgnode::to_string(hit->address), hit->weight) : "-";
}

}  // namespace test
