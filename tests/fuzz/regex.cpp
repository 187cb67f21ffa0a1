/// Any pattern compiles or is refused with words, and finds a part of the line. The first line of
/// the input is the pattern.
#include "agent/sys/regex.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return 0;
  const auto regex = kgnode::sys::Regex::compile(text.substr(0, end));
  if (!regex) {
    if (regex.error().message().empty() || regex.error().message().contains('\n')) std::abort();
    return 0;
  }
  const auto line = text.substr(end + 1);
  const auto address = regex->address(line);
  if (address && (address->data() < line.data() ||
                  address->data() + address->size() > line.data() + line.size()))
    std::abort();
  return 0;
}
