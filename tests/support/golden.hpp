#pragma once
/// Expected texts kept as files under tests/data; KGNODE_TEST_ACCEPT=1 rewrites them.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/catch.hpp"

namespace test {

inline void check_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(TEST_DATA) + "/" + name;
  if (std::getenv("KGNODE_TEST_ACCEPT") != nullptr)  // NOLINT(concurrency-mt-unsafe): one thread
    std::ofstream(path, std::ios::binary) << text;
  std::ifstream file(path, std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(file), {}};
  INFO("golden file " << path);
  CHECK(text == expected);
}

}  // namespace test
