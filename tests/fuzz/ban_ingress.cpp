/// parse_ingress: whatever a client sends, only its own address is named.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hardening/ban/lines.hpp"
#include "tests/support/hostile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode::hardening::ban;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_ingress(text);  // only that it comes back
  for (const auto* shape :
       {R"(@ - ~ [x] "GET / HTTP/1.1" 404 1 "-" "-")", R"(@ - - [x] "~" 404 1 "-" "-")",
        R"(@ - - [x] "GET / HTTP/1.1" 404 1 "~")"}) {
    if (!test::is_just(parse_ingress(test::fill(shape, text)))) std::abort();
  }
  return 0;
}
