#pragma once
/// Makes the file of an update, for the build and for tests.
#include <cstdint>
#include <functional>
#include <string>

#include "agent/base/result.hpp"
#include "agent/slots/manifest.hpp"

namespace kgnode::slots {

struct BundleInput {
  std::string version;
  unsigned rollback_index = 0;
  std::string architecture;
  std::string root_hash;
  std::string root;  // files
  std::string verity;
  std::string kernel;
};

/// Of a message; 64 bytes.
using Sign = std::function<std::string(std::string_view message)>;

Result<> make_bundle(const BundleInput& input, const Sign& sign, const std::string& out);

}  // namespace kgnode::slots
