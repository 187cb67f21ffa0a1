/// JsonWalk accepts what Boost.JSON accepts, and nothing else.
#include "agent/base/json_walk.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <boost/json.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  boost::json::parse_options options;
  options.max_depth = kgnode::JsonWalk::kDepth;
  options.allow_invalid_utf8 = true;
  boost::system::error_code error;
  (void)boost::json::parse(text, error, {}, options);  // only whether it is JSON
  kgnode::JsonWalk walk(text);
  walk.skip();
  // An escaped half of a character is Boost's to refuse: its meaning is not looked at here.
  const bool halves = text.contains("\\ud") || text.contains("\\uD");
  if (walk.finish() == error.failed() && !halves) std::abort();
  return 0;
}
