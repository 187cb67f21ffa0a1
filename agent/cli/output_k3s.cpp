/// How far K3s is, as text for people.
#include <format>
#include <string>

#include <boost/json.hpp>

#include "agent/base/table.hpp"
#include "agent/cli/json_view.hpp"
#include "agent/cli/output.hpp"

namespace kgnode::cli {

using boost::json::value;

namespace {

std::string render_members(const value& server) {
  const auto* members = at(server, "members").if_array();
  std::string text;
  for (std::size_t i = 0; members != nullptr && i < members->size(); ++i) {
    const auto& member = members->at(i);
    text += std::format("{}{}{}", i == 0 ? "" : " ", show_at(member, "name"),
                        is_true(at(member, "learner")) ? " (learner)" : "");
  }
  return text;
}

}  // namespace

std::string render_k3s(const value& answer) {
  auto text = std::format("stage    {}\n", show_at(answer, "stage"));
  if (!at(answer, "why").is_null()) {
    text += std::format("because  {} ({})\n", show_at(answer, "why"), show_at(answer, "cause"));
    if (!at(answer, "remedy").is_null())
      text += std::format("remedy   {}\n", show_at(answer, "remedy"));
  }
  const auto& node = at(answer, "node");
  if (is_true(at(node, "answered"))) text += std::format("version  {}\n", show_at(node, "version"));
  const auto* servers = at(answer, "servers").if_array();
  for (std::size_t i = 0; servers != nullptr && i < servers->size(); ++i) {
    const auto& server = servers->at(i);
    text +=
        std::format("server   {}  {}  seat {}  {}\n", show_at(server, "address"),
                    show_at(server, "contact"), show_at(server, "seat"), render_members(server));
  }
  return text;
}

}  // namespace kgnode::cli
