#pragma once
/// A reboot that the cluster takes part in: one node at a time, etcd keeps its quorum, the pods
/// move first. What it leaves on the node and in the cluster is recorded before it is done, and
/// taken back when the node is ready again, or at once when the reboot is refused.
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/files.hpp"
#include "k3s/day2/pods.hpp"

namespace kgnode::k3s {

constexpr auto kRebootRecord = "/var/lib/kgnode/k3s-reboot.json";
/// What is said last.
constexpr std::string_view kReboots = "the node reboots";
constexpr auto kRebootUnit = "kgnode-reboot.service";
/// On our Node while it is cordoned by us, and not by somebody who has reasons of their own.
constexpr auto kCordonAnnotation = "kgnode/cordoned";

enum class RebootStep : std::uint8_t { lock, cordon, drain, reboot };
std::string_view to_string(RebootStep step);

/// There from before the lock is taken until all is taken back.
struct RebootRecord {
  RebootStep step = RebootStep::lock;
  std::string trouble;  // why it could not be taken back
  bool operator==(const RebootRecord&) const = default;
};
std::string to_text(const RebootRecord& record);
/// A damaged one still says that there is something to take back.
RebootRecord parse_reboot_record(std::string_view text);
Result<std::optional<RebootRecord>> read_reboot_record(sys::Files& files);

struct RebootWish {
  std::chrono::seconds within = std::chrono::minutes(5);  // for the pods to move
  bool force = false;                                     // whatever the cluster says
  bool operator==(const RebootWish&) const = default;
};
std::string to_text(const RebootWish& wish);
Result<RebootWish> parse_reboot_wish(std::string_view text);

/// Our Node, as its API shows it. nullopt: it shows none.
struct Cordon {
  bool cordoned = false;
  bool ours = false;
};
std::optional<Cordon> parse_cordon(std::string_view node_json);
std::string cordon_patch();
std::string uncordon_patch();

/// What is done to node and cluster; the tests have one of their own. Each may be called again.
class RebootHost {
 public:
  virtual ~RebootHost() = default;
  /// Whether K3s has this node in a cluster. An Error: it should, and does not run.
  virtual Result<bool> is_in_cluster() = 0;
  /// Why the cluster cannot do without this node now; empty: it can.
  virtual Result<std::string> why_not_stop() = 0;
  /// Empty: it is ours. Otherwise who has it.
  virtual Result<std::string> take_lock() = 0;
  virtual Result<> give_lock_back() = 0;
  /// false: it was cordoned by somebody else.
  virtual Result<bool> cordon() = 0;
  virtual Result<> uncordon() = 0;
  /// Until the load balancer has noticed that this node takes no work any more.
  virtual void wait_for_notice() = 0;
  virtual Result<std::vector<Pod>> list_pods() = 0;
  /// The status and the message of the answer.
  virtual Result<std::pair<int, std::string>> evict(const Pod& pod) = 0;
  /// false: the time for it is over.
  virtual bool wait_for_pods() = 0;
  virtual Result<> reboot() = 0;
};

using Say = std::function<void(std::string_view)>;

/// Up to the reboot. An Error: it is refused, and what was done is taken back.
Result<> reboot_in_cluster(const RebootWish& wish, RebootHost& host, sys::Files& files,
                           const Say& say);

/// What an earlier one left.
Result<> take_back(RebootHost& host, sys::Files& files, const Say& say);

}  // namespace kgnode::k3s
