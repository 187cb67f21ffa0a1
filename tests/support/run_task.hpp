#pragma once
/// Runs a Task whose awaits complete at once (fakes) and gives its value.
#include <cassert>
#include <optional>
#include <utility>

#include "agent/base/task.hpp"

namespace test {

template <class T>
T run_task(kgnode::Task<T> task) {
  std::optional<T> value;
  kgnode::spawn(std::move(task), [&value](T result) { value.emplace(std::move(result)); });
  assert(value && "the task waits for something that never comes in a unit test");
  return *std::move(value);
}

}  // namespace test
