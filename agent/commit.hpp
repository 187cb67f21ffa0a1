#pragma once
/// Which configuration is in force: taken at start, applied, confirmed, given back.
#include <sys/types.h>

#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/load.hpp"
#include "agent/core/reconciler.hpp"
#include "agent/core/timers.hpp"
#include "agent/state/pending.hpp"
#include "agent/sys/files.hpp"

namespace kgnode {

/// Why a request was not carried out; nothing changed, or it was changed back.
struct Refusal {
  enum class Kind : std::uint8_t { invalid, pending, nothing_pending, failed };
  Kind kind = Kind::failed;
  std::string message;
  std::vector<config::Diagnostic> diagnostics;
};

template <class T>
using Answer = std::expected<T, Refusal>;

class Commit {
 public:
  struct Paths {
    std::string config;     // node.toml
    std::string last_good;  // the last one that loaded, for the day node.toml does not
    std::string pending;
  };
  struct InForce {
    std::string hash;
    std::chrono::system_clock::time_point loaded_at;
    std::uint64_t generation = 0;
    std::string trouble;  // node.toml is absent or does not load: what the operator must know
    bool absent = false;  // there is no node.toml at all
  };
  struct Deadline {
    std::chrono::milliseconds left{0};
    uid_t by = 0;
  };
  struct Parts {
    sys::Files& files;
    core::Reconciler& reconciler;
    core::Timers& timers;
    const Clock& clock;
    std::function<state::Moment()> moment;
    std::function<void(std::string_view)> tell;  // notices for journal and operations log
    Paths paths;
  };

  explicit Commit(Parts parts);

  /// At start and when node.toml changes on disk. Ends what a crash or a reboot left pending.
  void take();

  Task<Answer<std::vector<core::Condition>>> plan(std::optional<std::string> text);
  Task<Answer<std::vector<core::Condition>>> apply(std::string text,
                                                   std::optional<std::chrono::seconds> window,
                                                   uid_t by);
  Answer<void> confirm();
  Task<Answer<std::vector<core::Condition>>> revert(std::string why);

  const InForce& in_force() const { return in_force_; }
  const core::ConfigPtr& config() const { return config_; }
  std::optional<Deadline> deadline() const;

 private:
  struct Checked {
    core::ConfigPtr config;
    std::string text;
  };
  Answer<Checked> check(std::string text) const;
  Result<> keep_token(Checked& checked);
  Result<> arm(const std::string& text, const std::string& previous, std::chrono::seconds window,
               uid_t by);
  Task<Answer<std::vector<core::Condition>>> carry_out(bool wait_for_confirmation);
  Answer<void> clear_pending();
  void watch_deadline();
  Result<> put_back();
  Result<std::optional<std::string>> settle_pending(std::optional<std::string> text);
  void adopt(const std::string& text, core::ConfigPtr config);
  void fall_back(std::string trouble);

  Parts parts_;
  state::PendingFile pending_file_;
  std::optional<state::Pending> pending_;
  InForce in_force_;
  core::ConfigPtr config_;
  core::Lock lock_;  // one apply at a time
};

}  // namespace kgnode
