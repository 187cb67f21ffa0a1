/// parse_sshd: a line that may have been cut names nobody, and whatever an attacker puts into a
/// real line, nobody but its source is named.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hardening/ban/lines.hpp"
#include "tests/support/hostile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode::hardening::ban;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto hit = parse_sshd(text);
  if (hit && (size >= 480 || hit->weight < 1 || hit->weight > 100)) std::abort();
  for (const auto& shape : test::kSshdShapes) {
    if (!test::is_just(parse_sshd(test::make_sshd_line(shape, text)))) std::abort();
    if (!test::is_just(parse_sshd(test::make_sshd_line(shape, text, true)))) std::abort();
  }
  return 0;
}
