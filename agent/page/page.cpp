/// The web page about the cluster.
#include "agent/page/page.hpp"

#include <format>
#include <utility>

#include "agent/base/clock.hpp"
#include "agent/sys/base64.hpp"
#include "agent/sys/sha256.hpp"

namespace kgnode::page {
namespace {

namespace json = boost::json;

/// What stands between the marks of the one element of this name.
std::string_view inside(std::string_view html, std::string_view element) {
  const auto begin = html.find(std::format("<{}>", element)) + element.size() + 2;
  return html.substr(begin, html.find(std::format("</{}>", element), begin) - begin);
}

std::string hash_source(std::string_view text) {
  return std::format("'sha256-{}'", sys::to_base64(sys::sha256(text)));
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value part(const json::value& from, std::string_view name, json::value fallback) {
  const auto* object = from.if_object();
  const auto* found = object == nullptr ? nullptr : object->if_contains(name);
  return found == nullptr ? std::move(fallback) : *found;
}

json::value list_snapshots(const std::optional<k3s::SnapshotBook>& book) {
  if (!book) return nullptr;
  json::array list;
  for (const auto& one : book->snapshots)
    list.push_back({{"name", one.file.name},
                    {"taken", to_rfc3339(one.taken())},
                    {"size", one.file.size},
                    {"proven", one.proven()},
                    {"trouble", text_or_null(one.trouble())}});
  return list;
}

}  // namespace

std::string security_policy(std::string_view html) {
  return std::format(
      "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; img-src data:; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      hash_source(inside(html, "script")), hash_source(inside(html, "style")));
}

json::object make_json(Parts parts, std::chrono::system_clock::time_point now) {
  const json::value figures = std::move(parts.figures);
  return {{"version", KGNODE_VERSION},
          {"node", text_or_null(parts.node)},
          {"at", to_rfc3339(now)},
          {"nodes", part(parts.cluster, "nodes", json::array())},
          {"trouble", part(parts.cluster, "trouble", nullptr)},
          {"bans",
           {{"in_force",
             {{"ipv4", parts.bans.ipv4},
              {"ipv6", parts.bans.ipv6},
              {"networks", parts.bans.networks},
              {"listed", parts.listed}}},
            {"since_start", parts.bans_begun},
            {"recent", part(figures, "bans", json::array())}}},
          {"snapshots", list_snapshots(parts.snapshots)},
          {"history", part(figures, "history", json::object())}};
}

}  // namespace kgnode::page
