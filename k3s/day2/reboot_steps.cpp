/// The steps of a reboot, and the way back.
#include <format>

#include "k3s/day2/reboot.hpp"

namespace kgnode::k3s {
namespace {

constexpr auto kForce = "kgnode reboot --force reboots all the same";

Result<> save(sys::Files& files, const RebootRecord& record) {
  return files.replace(kRebootRecord, to_text(record), 0600);
}

class Deeds {
 public:
  Deeds(RebootHost& host, sys::Files& files, const Say& say)
      : host_(host), files_(files), say_(say) {}

  Result<> carry_out(RebootStep step) {
    // Before anything is changed that is to be taken back.
    TRY(save(files_, {.step = step, .trouble = {}}));
    switch (step) {
      case RebootStep::lock:
        return lock();
      case RebootStep::cordon:
        return cordon();
      case RebootStep::drain:
        return drain();
      case RebootStep::reboot:
        break;
    }
    return {};
  }

 private:
  Result<> lock() {
    const auto holder = host_.take_lock();
    if (!holder)
      return fail(Error::plain(std::format(
          "whether another node is about to restart cannot be told: {}; kgnode k3s diagnose says "
          "why; {}",
          holder.error().message(), kForce)));
    if (!holder->empty())
      return fail(Error::plain(std::format(
          "{} is about to restart, and only one node at a time does: try again later; {}", *holder,
          kForce)));
    // Only now: before, another server could have stopped in between.
    const auto why = TRY(host_.why_not_stop());
    if (!why.empty())
      return fail(Error::plain(std::format(
          "without this server etcd would have no quorum to rely on: {}; {}", why, kForce)));
    say_("no other node is about to restart, and the cluster can do without this one");
    return {};
  }

  Result<> cordon() {
    const bool ours = TRY(host_.cordon());
    say_(ours ? "no new pods come to this node"
              : "this node was cordoned by somebody else, and stays so");
    return {};
  }

  Result<> drain() {
    auto pods = TRY(host_.list_pods());
    if (const auto lost = explain_lost(pods); !lost.empty()) return fail(Error::plain(lost));
    // The record says already that the node is not ready for work.
    say_("the load balancer is given time to notice");
    host_.wait_for_notice();
    say_(std::format("{} pods are to move", pods.size()));
    while (!pods.empty()) {
      const auto kept = TRY(evict(pods));
      if (!host_.wait_for_pods()) return fail(Error::plain(explain_kept(kept)));
      pods = TRY(host_.list_pods());
    }
    say_("all pods have moved");
    return {};
  }

  /// Those that stay for now.
  Result<std::vector<Kept>> evict(const std::vector<Pod>& pods) {
    std::vector<Kept> kept;
    for (const auto& pod : pods) {
      const auto [status, message] = TRY(host_.evict(pod));
      if (judge_eviction(status) == Eviction::done) {
        kept.push_back({pod, "it was told to end and has not"});
      } else {
        kept.insert(kept.begin(), {pod, std::format("{} (status {})", message, status)});
      }
    }
    return kept;
  }

  RebootHost& host_;
  sys::Files& files_;
  const Say& say_;
};

Result<> prepare(const RebootWish& wish, RebootHost& host, sys::Files& files, const Say& say) {
  const auto in = host.is_in_cluster();
  if (!in && !wish.force) return fail(Error(in.error()));
  if (!in) say(in.error().message());
  if (!in || !*in) return {};
  Deeds deeds(host, files, say);
  for (const auto step :
       {RebootStep::lock, RebootStep::cordon, RebootStep::drain, RebootStep::reboot}) {
    const auto done = deeds.carry_out(step);
    if (done) continue;
    if (!wish.force) return done;
    say(std::format("{}: {}; it is forced all the same", to_string(step), done.error().message()));
  }
  return {};
}

}  // namespace

Result<> reboot_in_cluster(const RebootWish& wish, RebootHost& host, sys::Files& files,
                           const Say& say) {
  auto done = prepare(wish, host, files, say);
  if (done) {
    say(kReboots);
    done = host.reboot();
  }
  if (done) return done;
  if (const auto back = take_back(host, files, say); !back)
    say("the agent tries again to take it back: " + back.error().message());
  return done;
}

Result<> take_back(RebootHost& host, sys::Files& files, const Say& say) {
  auto record = TRY(read_reboot_record(files));
  if (!record) return {};
  auto done = host.uncordon();
  if (done) done = host.give_lock_back();
  if (done) {
    say("the node takes pods again, and other nodes may restart");
    return files.remove(kRebootRecord);
  }
  record->trouble = done.error().message();
  TRY(save(files, *record));
  return done;
}

}  // namespace kgnode::k3s
