#pragma once
/// Documents for configuration tests: the short one of the design, and edits of it.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "agent/config/load.hpp"
#include "tests/support/catch.hpp"

namespace test {

inline std::string read_data(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// tests/data/config/sample.toml
inline std::string sample() {
  return read_data(std::filesystem::path(TEST_DATA) / "config/sample.toml");
}

/// The first `from` becomes `to`; there must be one.
inline std::string edited(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

/// All diagnostics as `kgnode check` prints them.
inline std::string report(const kgnode::config::Loaded& loaded) {
  std::string all;
  for (const auto& diagnostic : loaded.diagnostics) all += to_text(diagnostic);
  return all;
}

/// Compares with the file; KGNODE_TEST_ACCEPT=1 rewrites it instead.
inline void check_golden(const std::filesystem::path& path, const std::string& got) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): tests have one thread
  if (std::getenv("KGNODE_TEST_ACCEPT") != nullptr) std::ofstream(path, std::ios::binary) << got;
  INFO(path);
  CHECK(got == read_data(path));
}

}  // namespace test
