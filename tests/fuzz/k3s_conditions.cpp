/// The API's answers about a Node's conditions, and the files between the agent and the process
/// that tells the cluster: what is understood comes back the same, and what is sent is JSON.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <boost/json.hpp>

#include "k3s/conditions/tell.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto seen = k3s::parse_seen_conditions(text)) {
    for (const auto& one : *seen) {
      if (!k3s::is_ours(one.type)) std::abort();
    }
    const auto patch = k3s::conditions_patch(k3s::node_conditions({}, "ready", ""), *seen, {});
    boost::system::error_code error;
    if (!patch.empty()) (void)boost::json::parse(patch, error);
    if (error) std::abort();
  }
  if (const auto request = k3s::parse_tell_request(text)) {
    const auto again = k3s::parse_tell_request(k3s::to_text(*request));
    if (!again || *again != *request) std::abort();
  }
  if (const auto report = k3s::parse_tell_report(text)) {
    const auto again = k3s::parse_tell_report(k3s::to_text(*report));
    if (!again || *again != *report) std::abort();
  }
  (void)k3s::parse_event_count(text);
  return 0;
}
