/// The routes of the admin API, and the way from a request to its handler.
#include "agent/api/routes.hpp"

#include <algorithm>
#include <format>
#include <vector>

#include "agent/api/auth.hpp"
#include "agent/api/handlers.hpp"
#include "agent/base/text.hpp"

namespace kgnode::api {
namespace {

constexpr auto kRead = Privilege::read;
constexpr auto kAdmin = Privilege::admin;

// clang-format off: one line a route
constexpr Route kRoutes[] = {
    {"GET",  "/v1",                  kRead,  Body::none,          "",               list_routes,   "the routes"},
    {"GET",  "/v1/status",           kRead,  Body::none,          "",               show_status,   "the node and each domain's condition"},
    {"GET",  "/v1/health",           kRead,  Body::none,          "",               show_health,   "phase and reason, short"},
    {"GET",  "/v1/doctor",           kRead,  Body::none,          "profile",        run_doctor,    "every check, with its evidence and what to do"},
    {"POST", "/v1/plan",             kRead,  Body::optional_toml, "",               make_plan,     "what applying the configuration would change"},
    {"POST", "/v1/apply",            kAdmin, Body::toml,          "confirm_within", apply,         "apply a configuration"},
    {"POST", "/v1/confirm",          kAdmin, Body::none,          "",               confirm,       "keep what was applied with a window"},
    {"POST", "/v1/revert",           kAdmin, Body::none,          "",               revert,        "go back before the window ends"},
    {"GET",  "/v1/firewall",         kRead,  Body::none,          "",               show_firewall, "the rules in force"},
    {"GET",  "/v1/firewall/explain", kRead,  Body::none,          "from to",        explain,       "would this packet pass, and which rule decides"},
    {"GET",  "/v1/ban",              kRead,  Body::none,          "",               list_bans,     "bans in force, what each jail saw, who is never banned"},
    {"POST", "/v1/ban/add",          kAdmin, Body::none,          "source for",     add_ban,       "ban an address or network for a time"},
    {"POST", "/v1/ban/remove",       kAdmin, Body::none,          "source",         remove_ban,    "lift a ban"},
    {"GET",  "/v1/ban/why",          kRead,  Body::none,          "address",        explain_ban,   "the lines that led to a ban"},
    {"GET",  "/v1/storage",          kRead,  Body::none,          "",               list_storage,  "disks, what is on them, and which may become the data disk"},
    {"POST", "/v1/storage/prepare",  kAdmin, Body::none,          "disk token",     prepare_storage, "give up what is on a disk and make it the data disk"},
    {"GET",  "/v1/cluster",          kRead,  Body::none,          "",               show_cluster,  "every node as it is seen over the vRack"},
    {"GET",  "/v1/figures",          kRead,  Body::none,          "hours",          show_figures,  "figures of now and of the last hours"},
    {"GET",  "/v1/k3s",              kRead,  Body::none,          "",               show_k3s,      "how far this node is in its cluster, and what it waits for"},
    {"GET",  "/v1/upgrade",          kRead,  Body::none,          "",               show_upgrade,  "the slot that runs, and what became of the last update"},
    {"POST", "/v1/upgrade",          kAdmin, Body::none,          "source",         upgrade,       "write an update into the other slot"},
    {"POST", "/v1/rollback",         kAdmin, Body::none,          "",               rollback,      "boot the other slot from now on"},
    {"GET",  "/v1/reboot",           kRead,  Body::none,          "",               show_reboot,   "how far a reboot is, or why it was refused"},
    {"POST", "/v1/reboot",           kAdmin, Body::none,          "within force",   reboot,        "move the pods off the node and reboot it"},
    {"POST", "/v1/reset",            kAdmin, Body::none,          "name data",      reset,         "forget everything, and reboot"},
    {"GET",  "/v1/log",              kRead,  Body::none,          "limit",          show_log,      "last entries of the operations log"},
    {"GET",  "/v1/log/verify",       kRead,  Body::none,          "",               verify_log,    "is the operations log whole"},
};
// clang-format on

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const auto best = closest(word, candidates);
  return best ? std::format("; did you mean {}?", quote(*best)) : "";
}

ApiError not_allowed(const Peer& peer, const Route& route) {
  const bool change = route.privilege == Privilege::admin;
  return {403, std::format("user id {} may not {} {}: that takes root or a member of group {}",
                           peer.uid, route.method, route.path,
                           change ? "\"kgnode-admin\"" : "\"kgnode\" or \"kgnode-admin\"")};
}

std::optional<ApiError> check_query(const Route& route, const Target& target) {
  const auto allowed = split_words(route.parameters);
  for (const auto& [key, value] : target.query) {
    if (std::ranges::contains(allowed, key)) continue;
    return ApiError{400, std::format("unknown parameter {} of {}{}", quote(key), route.path,
                                     did_you_mean(key, allowed))};
  }
  return std::nullopt;
}

// What curl says when nobody tells it otherwise; with -d it has also joined the lines.
constexpr std::string_view kForm = "application/x-www-form-urlencoded";

std::optional<ApiError> check_body(const Route& route, const Request& request) {
  if (route.body == Body::none) {
    if (request.body.empty()) return std::nullopt;
    return ApiError{400, std::format("{} {} takes no body", route.method, route.path)};
  }
  if (request.body.empty()) {
    if (route.body == Body::optional_toml) return std::nullopt;
    return ApiError{400, "the body is empty: send the configuration as TOML"};
  }
  const std::string type = to_lower(
      trim(std::string_view(request.content_type)
               .substr(0, std::min(request.content_type.find(';'), request.content_type.size()))));
  if (type.empty() || type == "application/toml" || type == "text/plain") return std::nullopt;
  const std::string_view hint =
      type == kForm ? "; with curl: -H 'Content-Type: application/toml' --data-binary @FILE" : "";
  return ApiError{415, std::format("the body is {}, but a configuration is \"application/toml\"{}",
                                   quote(type), hint)};
}

const Route* find_route(std::string_view method, std::string_view path) {
  const auto* found = std::ranges::find_if(kRoutes, [method, path](const Route& route) {
    return route.method == method && route.path == path;
  });
  return found == std::end(kRoutes) ? nullptr : found;
}

// The path is unknown, or only the method is wrong.
Response make_no_route_response(const std::string& method, const std::string& path) {
  std::string allow;
  std::vector<std::string_view> paths;
  for (const auto& route : kRoutes) {
    paths.push_back(route.path);
    if (route.path == path) allow += (allow.empty() ? "" : ", ") + std::string(route.method);
  }
  if (allow.empty()) {
    return make_error_response({404, std::format("no route {}{}; GET /v1 lists the routes",
                                                 quote(path), did_you_mean(path, paths))});
  }
  Response response =
      make_error_response({405, std::format("{} is for {}, not {}", path, allow, quote(method))});
  response.allow = allow;
  return response;
}

std::optional<ApiError> check(const Route& route, const Target& target, const Request& request,
                              const Peer& peer) {
  if (peer.privilege < route.privilege) return not_allowed(peer, route);
  if (auto error = check_query(route, target)) return error;
  return check_body(route, request);
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

Task<Response> handle(Request request, Peer peer, Node& node) {
  // Before anything else, so that a stranger learns nothing about what is there.
  if (peer.privilege == Privilege::none) co_return make_error_response(no_access(peer));
  auto target = parse_target(request.target);
  if (!target) {
    co_return make_error_response(
        {400, std::format("bad request target {}: a broken %XX escape, a control "
                          "character or a repeated parameter",
                          quote(request.target))});
  }
  const Route* route = find_route(request.method, target->path);
  if (route == nullptr) co_return make_no_route_response(request.method, target->path);
  if (auto error = check(*route, *target, request, peer)) co_return make_error_response(*error);
  const Call call{std::move(request), std::move(target->query), std::move(peer)};
  auto answer = co_await route->handler(call, node);
  if (!answer) co_return make_error_response(answer.error());
  co_return Response{.body = *std::move(answer)};
}

}  // namespace kgnode::api
