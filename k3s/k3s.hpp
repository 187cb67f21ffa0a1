#pragma once
/// K3s on this node: its configuration, how it gets into the cluster, whether it is there.
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"
#include "agent/core/module.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/units.hpp"
#include "k3s/cis/cis.hpp"
#include "k3s/conditions/tell.hpp"
#include "k3s/day2/certificates.hpp"
#include "k3s/day2/install.hpp"
#include "k3s/day2/reboot.hpp"
#include "k3s/join/decide.hpp"
#include "k3s/join/look.hpp"
#include "k3s/render/render.hpp"
#include "k3s/snapshot/findings.hpp"

namespace kgnode::k3s {

/// How far K3s is. `absent`: the node has none. `lost`: it was ready in this boot and is not now.
enum class Stage : std::uint8_t { absent, waiting, starting, ready, lost };
std::string_view to_string(Stage stage);

struct Progress {
  Stage stage = Stage::absent;
  Trouble trouble;  // of all but ready
  bool operator==(const Progress&) const = default;
};

/// Reads what the domain cannot know from files alone; the tests have one of their own.
class Host {
 public:
  virtual ~Host() = default;
  virtual bool exists(const std::string& path) = 0;
  /// The interface that has the address; empty: none has it.
  virtual Result<std::string> interface_of(const Address& address) = 0;
  virtual Result<bool> is_mounted(const std::string& path) = 0;
  /// Why the clock cannot be relied on; empty: it can, or it is not this node's.
  virtual std::string clock_trouble() = 0;
};

class K3s {
 public:
  static constexpr std::string_view kName = "k3s";
  static constexpr std::string_view kDataMount = "/var/lib/longhorn";

  struct Desired {
    config::Config config;
    bool server() const { return config.node.role == config::Role::control_plane; }
    std::string_view unit() const;
  };

  struct Observed {
    bool installed = false;
    std::string interface;
    OwnState own;
    bool disk_ready = true;  // false: the data disk is wanted and not mounted
    std::string unit;        // its state
    std::string clock;       // why it cannot be relied on; empty: nobody waits for it
    bool has_token = false;
    std::shared_ptr<const sys::SecretBuffer> token;
    std::optional<LookReport> report;
    std::map<std::string, std::string> files;  // of those that are rendered, the ones there
    std::string kept_ca;                       // see kKeptCa; empty: none
    bool token_written = false;                // the file that K3s reads has this token
    std::vector<std::string> kept_tokens;      // files in kKeptTokens
    bool has_agent_token = false;
    bool agent_token_written = false;
    bool s3_written = false;
    bool held = false;                             // a restore changes what is on this server
    std::optional<RebootRecord> reboot;            // what is to be taken back
    bool reboots = false;                          // its unit is at work
    std::optional<core::Finding> install;          // of K3s' program, when it is not at its end
    std::optional<SnapshotFacts> snapshots;        // of a server that is in a cluster
    std::optional<CertificateFacts> certificates;  // of a node that is in a cluster
    std::optional<CisObserved> benchmark;          // once K3s has run here
    std::optional<TellFacts> told;                 // of a node that has joined, and whose K3s runs
  };

  enum class Action : std::uint8_t {
    write_file,
    write_token,
    write_agent_token,
    write_s3,
    remove_token,
    annotate,
    protect,
    start,
    restart,
    renew,      // restart, for new certificates
    tend_lock,  // of the cluster, for a worker
    take_back   // what a reboot left
  };
  struct Step {
    Action action = Action::start;
    std::string subject;  // a path or a unit
    std::string before;
    std::string after;
    mode_t mode = 0;
    std::optional<LockMove> move = {};
    bool operator==(const Step&) const = default;
  };

  K3s(sys::Files& files, sys::Units& units, Host& host)
      : files_(files), units_(units), host_(host) {}

  static Desired desired(const config::Config& config);
  Task<Result<Observed>> observe(const Desired& want);
  static std::vector<Step> plan(const Desired& want, const Observed& have);
  static std::vector<core::Finding> findings(const Desired& want, const Observed& have);
  static std::vector<core::Item> items(const Desired& want, const Observed& have);
  Task<Result<>> apply(const Step& step);
  static core::StepView view(const Step& step);
  static std::vector<std::string> watch_paths(const Desired& want);

  static Situation situation(const Desired& want, const Observed& have);
  /// K3s is to be restarted for its certificates, if its servers allow it.
  static bool may_renew(const Desired& want, const Observed& have);
  static Decision decision(const Desired& want, const Observed& have);
  static Progress progress(const Desired& want, const Observed& have);

  /// As of the last observation.
  const Progress& progress() const { return progress_; }
  const std::optional<LookReport>& report() const { return report_; }
  /// When to look again without a reason from outside; nullopt: the reconciler's period is enough.
  std::optional<std::chrono::seconds> look_again() const;

 private:
  Result<> read_state(const Desired& want, Observed& have);
  Result<> read_secrets(const Desired& want, Observed& have);
  Result<> read_snapshots(const Desired& want, Observed& have);
  Result<> read_benchmark(const Desired& want, Observed& have);
  Task<Result<>> read_reboot(Observed& have);
  Result<> read_certificates(const Desired& want, Observed& have);
  Result<> read_rendered(const Desired& want, Observed& have);
  Task<Result<>> look(const Desired& want, Observed& have);
  Task<Result<LookReport>> ask(const LookRequest& request);
  Result<> keep_ca(const LookRequest& request, const LookReport& report);
  Result<std::shared_ptr<const sys::SecretBuffer>> own_agent_token();
  Result<> note_renewal();
  Task<Result<>> tend_lock(LockMove move);
  Task<Result<>> annotate(std::string default_disks);
  Result<std::shared_ptr<const sys::SecretBuffer>> secret(const config::Secret& from);

  sys::Files& files_;
  sys::Units& units_;
  Host& host_;
  Progress progress_;
  std::optional<LookReport> report_;
  LookRequest request_;  // the last one
  Arguments arguments_;  // of the K3s that runs now
  bool was_ready_ = false;
  // What the last observation read, for the steps that write it.
  std::shared_ptr<const sys::SecretBuffer> token_;
  std::shared_ptr<const sys::SecretBuffer> agent_token_;
  std::string s3_text_;
};

}  // namespace kgnode::k3s
