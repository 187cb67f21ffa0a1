/// What each route does.
#include "agent/api/handlers.hpp"

#include <format>

#include "agent/api/json.hpp"
#include "agent/base/clock.hpp"
#include "agent/base/text.hpp"
#include "agent/base/units.hpp"

namespace kgnode::api {
namespace {

using boost::json::value;

// Shorter, and no hand is quick enough to confirm; longer, and nobody remembers what will be
// undone.
constexpr std::chrono::seconds kShortestWindow{3};
constexpr std::chrono::hours kLongestWindow{24};
constexpr std::size_t kDefaultLog = 50;
constexpr std::chrono::seconds kDefaultBan = std::chrono::hours(1);
constexpr std::size_t kMostLog = 1000;
constexpr unsigned kMostHours = 24;

std::optional<std::string> parameter(const Call& call, const std::string& key) {
  const auto it = call.query.find(key);
  return it == call.query.end() ? std::nullopt : std::optional(it->second);
}

std::unexpected<ApiError> bad(std::string message) {
  return std::unexpected(ApiError{400, std::move(message)});
}

template <class T>
Answer<value> answer_of(const Answer<T>& answer) {
  if (!answer) return std::unexpected(answer.error());
  return value(to_json(*answer));
}

Answer<std::optional<std::chrono::seconds>> parse_window(const Call& call) {
  const auto text = parameter(call, "confirm_within");
  if (!text) return std::nullopt;
  const auto window = parse_duration(*text);
  if (!window || *window < kShortestWindow || *window > kLongestWindow) {
    return bad(
        std::format("confirm_within is {}, but takes 3s to 24h, for example \"2m\"", quote(*text)));
  }
  return window;
}

}  // namespace

Task<Answer<value>> list_routes(const Call&, Node&) {
  boost::json::array list;
  for (const auto& route : routes()) {
    list.push_back({{"method", route.method},
                    {"path", route.path},
                    {"privilege", route.privilege == Privilege::admin ? "admin" : "read"},
                    {"summary", route.summary}});
  }
  co_return value({{"routes", std::move(list)}});
}

Task<Answer<value>> show_status(const Call&, Node& node) { co_return to_json(node.status()); }

Task<Answer<value>> show_health(const Call&, Node& node) {
  co_return make_health_json(node.status());
}

Task<Answer<value>> show_cluster(const Call&, Node& node) { co_return node.cluster(); }
Task<Answer<value>> show_figures(const Call& call, Node& node) {
  const auto text = parameter(call, "hours").value_or("1");
  const auto hours = parse_int<unsigned>(text);
  if (!hours || *hours == 0 || *hours > kMostHours)
    co_return bad(std::format("hours is {}, but takes 1 to {}", quote(text), kMostHours));
  co_return node.figures(std::chrono::hours(*hours));
}

Task<Answer<value>> show_k3s(const Call&, Node& node) { co_return node.k3s_status(); }

Task<Answer<value>> run_doctor(const Call& call, Node& node) {
  if (const auto name = parameter(call, "profile")) {
    const auto profile = core::parse_profile(*name);
    if (!profile)
      co_return bad(std::format("profile is {}, but takes cis, anssi or k3s-cis", quote(*name)));
    const auto items = co_await node.benchmark(*profile);
    auto report = make_benchmark_json(*profile, items);
    const auto status = node.status();
    report["node"] = status.node.name;
    report["version"] = KGNODE_VERSION;
    report["time"] = to_rfc3339(std::chrono::system_clock::now());
    co_return value(std::move(report));
  }
  const auto checks = co_await node.doctor();
  co_return value(make_doctor_json(checks));
}

Task<Answer<value>> make_plan(const Call& call, Node& node) {
  const auto domains = co_await node.plan(call.request.body);
  if (!domains) co_return std::unexpected(domains.error());
  co_return make_plan_json(*domains);
}

Task<Answer<value>> apply(const Call& call, Node& node) {
  const auto window = parse_window(call);
  if (!window) co_return std::unexpected(window.error());
  co_return answer_of(co_await node.apply(call.request.body, *window, call.peer));
}

Task<Answer<value>> confirm(const Call& call, Node& node) {
  co_return answer_of(node.confirm(call.peer));
}

Task<Answer<value>> revert(const Call& call, Node& node) {
  co_return answer_of(co_await node.revert(call.peer));
}

Task<Answer<value>> show_firewall(const Call&, Node& node) { co_return node.firewall_show(); }

Task<Answer<value>> explain(const Call& call, Node& node) {
  const auto from = parameter(call, "from");
  const auto to = parameter(call, "to");
  if (!from || !to)
    co_return bad("explain takes two parameters: ?from=ADDRESS&to=ADDRESS[:PORT/PROTO]");
  co_return node.firewall_explain(*from, *to);
}

Task<Answer<value>> list_bans(const Call&, Node& node) { co_return node.ban_list(); }

Task<Answer<value>> add_ban(const Call& call, Node& node) {
  const auto source = parameter(call, "source");
  if (!source) co_return bad("ban/add takes ?source=ADDRESS[/LENGTH]&for=TIME");
  const auto text = parameter(call, "for");
  const auto time = text ? parse_duration(*text) : std::optional(kDefaultBan);
  if (!time)
    co_return bad(std::format("for is {}, but takes a time, such as \"1h\"", quote(*text)));
  co_return node.ban_add(*source, *time, call.peer);
}

Task<Answer<value>> remove_ban(const Call& call, Node& node) {
  const auto source = parameter(call, "source");
  if (!source) co_return bad("ban/remove takes ?source=ADDRESS[/LENGTH]");
  co_return node.ban_remove(*source, call.peer);
}

Task<Answer<value>> explain_ban(const Call& call, Node& node) {
  const auto address = parameter(call, "address");
  if (!address) co_return bad("ban/why takes ?address=ADDRESS");
  co_return node.ban_why(*address);
}

Task<Answer<value>> list_storage(const Call&, Node& node) { co_return node.storage_list(); }

Task<Answer<value>> prepare_storage(const Call& call, Node& node) {
  const auto disk = parameter(call, "disk");
  const auto token = parameter(call, "token");
  if (!disk || !token) co_return bad("storage/prepare takes ?disk=NAME&token=TOKEN");
  co_return answer_of(co_await node.storage_prepare(*disk, *token, call.peer));
}

Task<Answer<value>> show_upgrade(const Call&, Node& node) {
  co_return co_await node.upgrade_status();
}

Task<Answer<value>> upgrade(const Call& call, Node& node) {
  const auto source = parameter(call, "source");
  if (!source) co_return bad("upgrade takes ?source=PATH or ?source=URL");
  co_return co_await node.upgrade(*source, call.peer);
}

Task<Answer<value>> rollback(const Call& call, Node& node) {
  co_return co_await node.rollback(call.peer);
}

Task<Answer<value>> show_reboot(const Call&, Node& node) {
  co_return co_await node.reboot_status();
}

Task<Answer<value>> reboot(const Call& call, Node& node) {
  const auto text = parameter(call, "within").value_or("5m");
  const auto within = parse_duration(text);
  if (!within) co_return bad(std::format("within is {}, but takes a time such as 5m", quote(text)));
  const auto force = parameter(call, "force").value_or("no");
  if (force != "yes" && force != "no")
    co_return bad(std::format("force is {}, but takes yes or no", quote(force)));
  co_return co_await node.reboot(*within, force == "yes", call.peer);
}

Task<Answer<value>> reset(const Call& call, Node& node) {
  const auto name = parameter(call, "name");
  const auto data = parameter(call, "data").value_or("keep");
  if (!name) co_return bad("reset takes ?name=NODE&data=keep or data=erase");
  if (data != "keep" && data != "erase")
    co_return bad(std::format("data is {}, but takes keep or erase", quote(data)));
  co_return co_await node.reset(*name, data == "erase", call.peer);
}

Task<Answer<value>> show_log(const Call& call, Node& node) {
  const auto text = parameter(call, "limit");
  const auto limit = text ? parse_int<std::size_t>(*text) : std::optional(kDefaultLog);
  if (!limit || *limit == 0 || *limit > kMostLog) {
    co_return bad(
        std::format("limit is {}, but takes 1 to {}", quote(text.value_or("")), kMostLog));
  }
  const auto entries = node.log_tail(*limit);
  if (!entries) co_return std::unexpected(entries.error());
  co_return value({{"entries", boost::json::array(entries->begin(), entries->end())}});
}

Task<Answer<value>> verify_log(const Call&, Node& node) { co_return answer_of(node.log_verify()); }

}  // namespace kgnode::api
