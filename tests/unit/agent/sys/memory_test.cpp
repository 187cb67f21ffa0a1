#include "agent/sys/memory.hpp"

#include "agent/base/text.hpp"
#include "agent/sys/files.hpp"
#include "tests/support/catch.hpp"

namespace {

/// Of files, in KiB.
long resident() {
  kgnode::sys::RealFiles files;
  const auto status = files.read("/proc/self/status", kgnode::sys::Files::kReadLimit);
  REQUIRE(status);
  for (const auto line : kgnode::split(**status, '\n')) {
    const auto words = kgnode::split_words(line);
    if (!words.empty() && words[0] == "RssFile:")
      return kgnode::parse_int<long>(words[1]).value_or(0);
  }
  return 0;
}

}  // namespace

TEST_CASE("memory: code that is not in use is given back, and what is needed comes again",
          "[sys]") {
  const auto before = resident();
  REQUIRE(kgnode::sys::give_back_memory());
  CHECK(resident() < before);
  CHECK(kgnode::quote("still works") == "\"still works\"");
}
