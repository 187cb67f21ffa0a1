/// parse_supervisor: the text of an error changes nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hardening/ban/lines.hpp"
#include "tests/support/hostile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode::hardening::ban;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_supervisor(text);  // only that it comes back
  const auto hit = parse_supervisor(
      test::fill("level=error msg=\"Sending HTTP/2.0 401 response to @:4711: ~\"", text));
  if (!hit || !test::is_just(hit)) std::abort();
  if (parse_supervisor(test::fill("level=error msg=\"no node ~\"", text))) std::abort();
  return 0;
}
