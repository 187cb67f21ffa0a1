/// parse_audit: only JSON counts, and no string in it changes who is named.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <boost/json.hpp>

#include "hardening/ban/lines.hpp"
#include "tests/support/hostile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode::hardening::ban;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  boost::json::parse_options options;
  options.max_depth = 64;
  options.allow_invalid_utf8 = true;
  boost::system::error_code error;
  (void)boost::json::parse(text, error, {}, options);  // only whether it is JSON
  // An escaped half of a character is Boost's to refuse: its meaning is not looked at here.
  const bool halves = text.contains("\\ud") || text.contains("\\uD");
  if (parse_audit(text) && error && !halves) std::abort();
  const boost::json::object event = {
      {"kind", "Event"},    {"stage", "ResponseStarted"},
      {"requestURI", text}, {"user", {{"extra", text}}},
      {text, "a key"},      {"sourceIPs", boost::json::array{text, test::kReal}},
      {"userAgent", text},  {"responseStatus", {{"message", text}, {"code", 401}}}};
  if (!test::is_just(parse_audit(boost::json::serialize(event)))) std::abort();
  return 0;
}
