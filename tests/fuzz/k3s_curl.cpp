/// What curl ended with: first byte its exit status, then what it wrote, and after a byte of 0 its
/// errors. An answer has a status, a failure has a reason, and no clock overflows.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "agent/base/text.hpp"
#include "k3s/join/ask.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto end = std::min(text.find('\0'), text.size());
  const sys::Output output{.status = data[0],
                           .out = text.substr(0, end),
                           .err = text.substr(std::min(end + 1, size - 1))};
  const auto reply = k3s::parse_curl(output, 1'800'000'000);
  if (!reply) {
    const auto& none = reply.error();
    if (none.contact == k3s::Contact::ready || printable(none.text) != none.text) std::abort();
    return 0;
  }
  if (output.status != 0 || reply->body.size() > output.out.size()) std::abort();
  (void)k3s::parse_cacerts(reply->body);  // what is read of it next
  return 0;
}
