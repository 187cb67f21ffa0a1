/// `kgnode dashboard`: a program of its own, which this one becomes.
#include "agent/cli/dashboard.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <print>
#include <string>

#include "agent/base/result.hpp"

namespace kgnode::cli {

int show_dashboard(bool read_only) {
  std::string program = "/usr/lib/kgnode/dashboard";
  std::string option = "--read-only";
  std::array<char*, 3> arguments = {program.data(), read_only ? option.data() : nullptr, nullptr};
  ::execv(program.c_str(), arguments.data());
  const auto error = Error::from_errno("start \"" + program + "\"");
  std::println(stderr, "kgnode: {}; kgnode status shows the same once", error.message());
  return 1;
}

}  // namespace kgnode::cli
