/// The verbs about K3s.
#include <boost/json.hpp>

#include "agent/admin.hpp"

namespace kgnode {

boost::json::value Admin::k3s_status() {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
  };
  const auto& progress = parts_.k3s.progress();
  const auto& report = parts_.k3s.report();
  const auto seen = report ? boost::json::parse(to_text(*report)) : boost::json::value(nullptr);
  const auto part = [&seen](std::string_view name) {
    return seen.is_object() ? seen.at(name) : boost::json::value(nullptr);
  };
  return {{"stage", to_string(progress.stage)},
          {"cause", text_or_null(progress.trouble.cause)},
          {"why", text_or_null(progress.trouble.why)},
          {"remedy", text_or_null(progress.trouble.remedy)},
          {"servers", part("servers")},
          {"node", part("node")}};
}

}  // namespace kgnode
