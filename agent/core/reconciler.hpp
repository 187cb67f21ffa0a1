#pragma once
/// Drives the domains: dirty set, debounce, order, back-off, check or enforce, one at a time.
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.hpp"
#include "agent/core/lock.hpp"
#include "agent/core/reconcile.hpp"
#include "agent/core/timers.hpp"

namespace kgnode::core {

using ConfigPtr = std::shared_ptr<const config::Config>;

/// A domain behind one face.
class Module {
 public:
  virtual ~Module() = default;
  virtual std::string_view name() const = 0;
  virtual Task<Condition> run(const config::Config& config, Mode mode, StepLog& log) = 0;
  /// Files whose change makes the domain worth another look.
  virtual std::vector<std::string> watch_paths(const config::Config& config) const = 0;
};

template <Domain D>
class DomainModule final : public Module {
 public:
  explicit DomainModule(D& domain) : domain_(domain) {}
  std::string_view name() const override { return D::kName; }
  Task<Condition> run(const config::Config& config, Mode mode, StepLog& log) override {
    const auto want = D::desired(config);
    co_return co_await reconcile(domain_, want, mode, log);
  }
  std::vector<std::string> watch_paths(const config::Config& config) const override {
    return D::watch_paths(D::desired(config));
  }

 private:
  D& domain_;
};

/// What is known about one module between runs.
struct ModuleState {
  Condition condition;
  std::chrono::system_clock::time_point last_run;
  std::chrono::system_clock::time_point last_change;
  std::uint64_t heals = 0;  // runs that undid drift: steps although no configuration had changed
};

class Reconciler {
 public:
  struct Timing {
    std::chrono::milliseconds debounce{100};  // healed within a second, a burst is one run
    std::chrono::milliseconds period{std::chrono::minutes(5)};
    std::chrono::milliseconds first_retry{1000};
    std::chrono::milliseconds last_retry{std::chrono::minutes(5)};
  };

  Reconciler(Timers& timers, const Clock& clock, StepLog& log, Timing timing);

  void add(std::unique_ptr<Module> module);  // in the order they run
  /// Starts the periodic check; `changed` is called after each run of a module, with its name.
  void start(std::function<void(std::string_view)> changed);

  /// What the node should be from now on; nothing is enforced while it is empty.
  void want(ConfigPtr config);
  void mark_dirty(std::string_view module);
  void mark_all_dirty();

  /// Plans for a configuration that need not be the wanted one; changes nothing.
  Task<std::vector<Condition>> check(ConfigPtr config);
  /// Makes `config` the wanted one and runs every module now.
  Task<std::vector<Condition>> enforce(ConfigPtr config);

  const std::vector<ModuleState>& states() const { return states_; }
  std::vector<std::pair<std::string, std::vector<std::string>>> watch_paths() const;

 private:
  struct Entry {
    std::unique_ptr<Module> module;
    bool dirty = false;
    bool fresh = true;  // no run has got through since the configuration changed
    std::chrono::milliseconds retry{0};
  };

  void tick();
  void wake(std::chrono::milliseconds delay);
  Task<> run_dirty();
  Task<> run_module(std::size_t index);
  void settle(std::size_t index, Condition condition);
  void retry_later(std::size_t index);

  Timers& timers_;
  const Clock& clock_;
  StepLog& log_;
  Timing timing_;
  Lock lock_;
  ConfigPtr config_;
  std::vector<Entry> entries_;
  std::vector<ModuleState> states_;
  std::function<void(std::string_view)> changed_;
  bool wake_armed_ = false;
};

}  // namespace kgnode::core
