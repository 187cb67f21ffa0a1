/// Drives the domains.
#include "agent/core/reconciler.hpp"

#include <algorithm>
#include <utility>

namespace kgnode::core {

Reconciler::Reconciler(Timers& timers, const Clock& clock, StepLog& log, Timing timing)
    : timers_(timers), clock_(clock), log_(log), timing_(timing) {}

void Reconciler::add(std::unique_ptr<Module> module) {
  states_.push_back({.condition = {.domain = std::string(module->name())}});
  entries_.push_back({.module = std::move(module)});
}

void Reconciler::start(std::function<void(std::string_view)> changed) {
  changed_ = std::move(changed);
  tick();
}

void Reconciler::tick() {
  mark_all_dirty();
  timers_.after(timing_.period, [this] { tick(); });
}

void Reconciler::want(ConfigPtr config) {
  config_ = std::move(config);
  for (auto& entry : entries_) entry.fresh = true;
  mark_all_dirty();
}

void Reconciler::mark_dirty(std::string_view module) {
  for (auto& entry : entries_) {
    if (entry.module->name() == module) entry.dirty = true;
  }
  wake(timing_.debounce);
}

void Reconciler::mark_all_dirty() {
  for (auto& entry : entries_) entry.dirty = true;
  wake(timing_.debounce);
}

void Reconciler::wake(std::chrono::milliseconds delay) {
  if (std::exchange(wake_armed_, true)) return;
  timers_.after(delay, [this] {
    wake_armed_ = false;
    spawn(run_dirty(), [] {});
  });
}

Task<> Reconciler::run_dirty() {
  if (!config_) co_return;
  const auto guard = co_await lock_.acquire();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (config_ && entries_[i].dirty) co_await run_module(i);
  }
}

Task<> Reconciler::run_module(std::size_t index) {
  auto& entry = entries_[index];
  entry.dirty = false;
  const auto config = config_;  // stays alive although another one may become wanted meanwhile
  auto condition = co_await entry.module->run(*config, Mode::enforce, log_);
  settle(index, std::move(condition));
}

void Reconciler::settle(std::size_t index, Condition condition) {
  auto& entry = entries_[index];
  auto& state = states_[index];
  const bool trouble = condition.phase == Phase::failed || condition.phase == Phase::unknown;
  // Until a run got through, steps are the configuration's and not drift.
  const bool fresh = std::exchange(entry.fresh, entry.fresh && trouble);
  state.last_run = clock_.wall();
  if (!condition.steps.empty()) {
    state.last_change = state.last_run;
    if (!fresh && condition.phase == Phase::applied) ++state.heals;
  }
  state.condition = std::move(condition);
  if (trouble) {
    retry_later(index);
  } else {
    entry.retry = {};
  }
  if (changed_) changed_(entry.module->name());
}

void Reconciler::retry_later(std::size_t index) {
  auto& retry = entries_[index].retry;
  retry = retry.count() == 0 ? timing_.first_retry : std::min(retry * 2, timing_.last_retry);
  timers_.after(retry, [this, index] {
    if (entries_[index].retry.count() > 0) mark_dirty(entries_[index].module->name());
  });
}

Task<std::vector<Condition>> Reconciler::check(ConfigPtr config) {
  const auto guard = co_await lock_.acquire();
  std::vector<Condition> conditions;
  conditions.reserve(entries_.size());
  for (const auto& entry : entries_)
    conditions.push_back(co_await entry.module->run(*config, Mode::check, log_));
  co_return conditions;
}

Task<std::vector<Condition>> Reconciler::enforce(ConfigPtr config) {
  const auto guard = co_await lock_.acquire();
  config_ = std::move(config);
  for (auto& entry : entries_) entry.fresh = true;
  std::vector<Condition> conditions;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    co_await run_module(i);
    conditions.push_back(states_[i].condition);
  }
  co_return conditions;
}

std::vector<std::pair<std::string, std::vector<std::string>>> Reconciler::watch_paths() const {
  std::vector<std::pair<std::string, std::vector<std::string>>> paths;
  if (!config_) return paths;
  for (const auto& entry : entries_)
    paths.emplace_back(entry.module->name(), entry.module->watch_paths(*config_));
  return paths;
}

}  // namespace kgnode::core
