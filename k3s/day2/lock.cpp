/// The lock of the cluster: what its objects say, and who is next.
#include "k3s/day2/lock.hpp"

#include <algorithm>
#include <format>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "k3s/join/json.hpp"

namespace kgnode::k3s {
namespace {

namespace json = boost::json;
using std::chrono::sys_seconds;

constexpr std::string_view kWanted = "wanted";
constexpr std::string_view kDone = "done";

std::optional<json::value> parse(std::string_view text) {
  boost::system::error_code error;
  auto root = json::parse(text, error);
  if (error || !root.is_object()) return std::nullopt;
  return root;
}

Asking to_asking(const json::value& node) {
  return {.node = text_of(node, "/metadata/name"),
          .state = text_of(node, "/metadata/labels/kgnode~1reboot"),
          .told = text_of(node, "/metadata/annotations/kgnode~1reboot-lock")};
}

/// 2026-03-01T09:30:00.000001Z, of which the fraction is left out: MicroTime of Kubernetes.
std::optional<sys_seconds> parse_time(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() <= kForm.size() || !text.ends_with('Z')) return std::nullopt;
  const auto number = [text](std::size_t at, std::size_t length) {
    return parse_int<unsigned>(text.substr(at, length));
  };
  const auto year = number(0, 4);
  const auto month = number(5, 2);
  const auto day = number(8, 2);
  const auto hour = number(11, 2);
  const auto minute = number(14, 2);
  const auto second = number(17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

}  // namespace

std::optional<Lock> parse_lock(std::string_view text) {
  const auto root = parse(text);
  const auto* spec = root ? find(*root, "/spec") : nullptr;
  if (spec == nullptr || !spec->is_object()) return std::nullopt;
  Lock lock{.holder = text_of(*root, "/spec/holderIdentity"),
            .version = text_of(*root, "/metadata/resourceVersion")};
  const auto since = parse_time(text_of(*root, "/spec/acquireTime"));
  const auto* lasts = find(*root, "/spec/leaseDurationSeconds");
  // One that says no time is nobody's for long: it is taken to have ended.
  if (since && lasts != nullptr && lasts->is_int64() && lasts->get_int64() > 0 &&
      lasts->get_int64() < std::chrono::seconds(std::chrono::days(1)).count())
    lock.ends = *since + std::chrono::seconds(lasts->get_int64());
  return lock;
}

std::string lock_text(std::string_view holder, sys_seconds now, std::string_view version) {
  json::object metadata{{"name", kLockName}, {"namespace", "kube-system"}};
  if (!version.empty()) metadata.emplace("resourceVersion", version);
  const auto time = std::format("{:%FT%TZ}", std::chrono::sys_time<std::chrono::microseconds>(now));
  return json::serialize(
      json::object{{"apiVersion", "coordination.k8s.io/v1"},
                   {"kind", "Lease"},
                   {"metadata", std::move(metadata)},
                   {"spec",
                    {{"holderIdentity", holder},
                     {"leaseDurationSeconds", std::chrono::seconds(kLockLasts).count()},
                     {"acquireTime", time},
                     {"renewTime", time}}}});
}

Take how_to_take(const std::optional<Lock>& lock, std::string_view own, sys_seconds now) {
  if (!lock) return Take::create;
  // Its time may have ended meanwhile: it is taken anew, with another one.
  if (lock->holder.empty() || lock->ends <= now) return Take::replace;
  return lock->holder == own ? Take::have : Take::wait;
}

std::optional<std::vector<Asking>> parse_asking(std::string_view text) {
  const auto root = parse(text);
  const auto* items = root ? find(*root, "/items") : nullptr;
  if (items == nullptr || !items->is_array()) return std::nullopt;
  std::vector<Asking> all;
  for (const auto& item : items->get_array()) all.push_back(to_asking(item));
  return all;
}

std::vector<LockMove> plan_lock(const LockSeen& seen) {
  std::vector<LockMove> moves;
  if (!seen.answered) return moves;
  bool given = !seen.holder.empty();
  for (const auto& one : seen.asking) {
    if (one.state == kDone) moves.push_back({.deed = LockDeed::forget, .node = one.node});
    if (one.state != kWanted) continue;
    if (!given) {
      given = true;
      moves.push_back({.deed = LockDeed::grant, .node = one.node});
    } else if (!seen.holder.empty() && one.told != seen.holder) {
      moves.push_back({.deed = LockDeed::tell, .node = one.node, .holder = seen.holder});
    }
  }
  return moves;
}

std::string ask_patch(std::string_view state) {
  json::object metadata{{"labels", {{kAskLabel, state}}}};
  // What an earlier question was answered is not the answer to this one.
  if (state == kWanted) metadata.emplace("annotations", json::object{{kHolderAnnotation, nullptr}});
  return json::serialize(json::object{{"metadata", std::move(metadata)}});
}

std::string tell_patch(std::string_view holder) {
  return annotation_patch(kHolderAnnotation, holder);
}

std::string forget_patch() {
  return json::serialize(
      json::object{{"metadata",
                    {{"labels", json::object{{kAskLabel, nullptr}}},
                     {"annotations", json::object{{kHolderAnnotation, nullptr}}}}}});
}

Asking parse_asking_one(std::string_view node_json) {
  const auto root = parse(node_json);
  return root ? to_asking(*root) : Asking{};
}

}  // namespace kgnode::k3s
