/// Coroutines: lazy, resumed where they wait, freed with what they own.
#include "agent/base/task.hpp"

#include <memory>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/run_task.hpp"

using namespace kgnode;

namespace {

/// Something to wait for that a test lets go by hand.
struct Gate {
  std::coroutine_handle<> waiter;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) { waiter = handle; }
  void await_resume() const {}
};

Task<int> answer() { co_return 42; }

Task<int> sum(int depth) {
  if (depth == 0) co_return 0;
  co_return 1 + co_await sum(depth - 1);
}

Task<std::unique_ptr<int>> make_pointer() { co_return std::make_unique<int>(7); }

Task<Result<int>> forward(bool works) {
  if (!works) co_return fail(Error::plain("refused"));
  co_return 5;
}

Task<Result<int>> twice(bool works) {
  auto once = co_await forward(works);
  if (!once) co_return fail(std::move(once).error());
  co_return *once * 2;
}

Task<> note(std::vector<std::string>& log, Gate& gate) {
  log.emplace_back("before");
  co_await gate;
  log.emplace_back("after");
}

Task<> hold(std::shared_ptr<int> value, Gate& gate) {
  co_await gate;
  ++*value;
}

}  // namespace

TEST_CASE("task: gives its value, also one that only moves") {
  CHECK(test::run_task(answer()) == 42);
  CHECK(*test::run_task(make_pointer()) == 7);
}

TEST_CASE("task: a long chain of waiting tasks ends without deep recursion on the way back") {
  CHECK(test::run_task(sum(1000)) == 1000);
}

TEST_CASE("task: an error is passed on by hand") {
  CHECK(test::run_task(twice(true)).value() == 10);
  CHECK(test::run_task(twice(false)).error().message() == "refused");
}

TEST_CASE("task: starts when spawned, waits, and ends when resumed") {
  Gate gate;
  std::vector<std::string> log;
  auto task = note(log, gate);
  CHECK(log.empty());  // lazy
  bool done = false;
  spawn(std::move(task), [&done] { done = true; });
  CHECK(log == std::vector<std::string>{"before"});
  CHECK_FALSE(done);
  gate.waiter.resume();
  CHECK(log == std::vector<std::string>{"before", "after"});
  CHECK(done);
}

TEST_CASE("task: one that is never started, or has ended, frees what it owns") {
  Gate gate;
  const auto value = std::make_shared<int>(0);
  {
    const auto task = hold(value, gate);
    CHECK(value.use_count() == 2);
  }
  CHECK(value.use_count() == 1);
  spawn(hold(value, gate), [] {});
  CHECK(value.use_count() > 1);
  gate.waiter.resume();
  CHECK(*value == 1);
  CHECK(value.use_count() == 1);
}
