/// A drive that says nothing is never told as one that is well, and no text of it is raw.
#include "agent/sys/smart_report.hpp"

#include <cstddef>
#include <cstdlib>

#include "agent/base/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode;
  const auto report = sys::parse_smart_report({reinterpret_cast<const char*>(data), size});
  if (!report) return 0;
  const bool is_told = report->state == sys::SmartReport::State::told;
  if (is_told != report->passed.has_value()) std::abort();
  if (!is_told && report->lost + report->failing.size() > 0) std::abort();
  for (const auto& name : report->failing) {
    if (printable(name) != name) std::abort();
  }
  return 0;
}
