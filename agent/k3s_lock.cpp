/// The lock of the cluster, over the API.
#include "agent/k3s_lock.hpp"

#include <chrono>
#include <format>

#include "k3s/day2/pods.hpp"

namespace kgnode {
namespace {

using k3s::Take;

constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kTries = 3;  // against others that take it at the same time

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string lock_path() { return std::format("{}/{}", k3s::kLocksPath, k3s::kLockName); }

Error unexpected(const k3s::Reply& reply) {
  return Error::plain(std::format("the API answers about the lock with status {}: {}", reply.status,
                                  k3s::parse_message(reply.body)));
}

}  // namespace

Result<std::optional<k3s::Lock>> ClusterLock::read() const {
  const auto reply = TRY(api_.call({.caller = Caller::administrator, .path = lock_path()}));
  if (reply.status == kNotFound) return std::nullopt;
  auto lock = reply.status == 200 ? k3s::parse_lock(reply.body) : std::nullopt;
  if (!lock) return fail(unexpected(reply));
  return lock;
}

k3s::LockSeen ClusterLock::see() const {
  k3s::LockSeen seen;
  const auto reply = api_.call({.caller = Caller::administrator, .path = k3s::kAskingPath});
  auto asking = reply && reply->status == 200 ? k3s::parse_asking(reply->body) : std::nullopt;
  if (!asking) return seen;
  seen.asking = *std::move(asking);
  seen.answered = true;
  // Nearly always: then who has the lock does not matter here.
  if (seen.asking.empty()) return seen;
  const auto lock = read();
  seen.answered = lock.has_value();
  if (lock && *lock && (*lock)->ends > now()) seen.holder = (*lock)->holder;
  return seen;
}

Result<std::string> ClusterLock::take(const std::string& node) const {
  for (int i = 0; i < kTries; ++i) {
    const auto lock = TRY(read());
    const auto way = k3s::how_to_take(lock, node, now());
    if (way == Take::have || way == Take::wait) return lock->holder;
    const bool is_new = way == Take::create;
    const auto reply =
        TRY(api_.call({.caller = Caller::administrator,
                       .method = is_new ? "POST" : "PUT",
                       .path = is_new ? k3s::kLocksPath : lock_path(),
                       .body = k3s::lock_text(node, now(), is_new ? "" : lock->version)}));
    if (reply.status < 300) return node;
    if (reply.status != kConflict) return fail(unexpected(reply));
  }
  return fail(Error::plain("the lock of the cluster changes hands all the time: try again"));
}

Result<> ClusterLock::give_back(const std::string& node) const {
  const auto lock = TRY(read());
  if (!lock || lock->holder != node) return {};
  // Of just this one: meanwhile it may have ended, and be somebody else's.
  const auto reply = TRY(api_.call(
      {.caller = Caller::administrator,
       .method = "DELETE",
       .path = lock_path(),
       .body = std::format(R"({{"preconditions":{{"resourceVersion":"{}"}}}})", lock->version)}));
  if (reply.status < 300 || reply.status == kNotFound || reply.status == kConflict) return {};
  return fail(unexpected(reply));
}

Result<std::string> ClusterLock::patch(const std::string& node, std::string body) const {
  auto reply = TRY(api_.call({.caller = Caller::administrator,
                              .method = "PATCH",
                              .path = "/api/v1/nodes/" + node,
                              .body = std::move(body)}));
  if (reply.status < 300) return std::move(reply.body);
  return fail(unexpected(reply));
}

Result<> ClusterLock::grant(const std::string& node) const {
  const auto holder = TRY(take(node));
  const auto now = k3s::parse_asking_one(TRY(patch(node, k3s::tell_patch(holder))));
  // It gave up since it was seen, and another server has seen to that: nobody would give this back.
  if (now.state.empty()) TRY(give_back(node));
  return {};
}

Result<> ClusterLock::carry_out(const k3s::LockMove& move) const {
  switch (move.deed) {
    case k3s::LockDeed::grant:
      return grant(move.node);
    case k3s::LockDeed::tell:
      (void)TRY(patch(move.node, k3s::tell_patch(move.holder)));
      return {};
    case k3s::LockDeed::forget:
      TRY(give_back(move.node));
      (void)TRY(patch(move.node, k3s::forget_patch()));
      return {};
  }
  return {};
}

}  // namespace kgnode
