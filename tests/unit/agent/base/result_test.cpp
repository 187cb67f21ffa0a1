/// Results and errors: what a message says and that TRY hands errors on.
#include "agent/base/result.hpp"

#include <memory>

#include "agent/base/scope_exit.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;

namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail({std::errc::invalid_argument, "halve"});
  return number / 2;
}

Result<int> quarter(int number) {
  const int once = TRY(half(number));
  return TRY(half(once));
}

Result<> need_even(int number) {
  TRY(half(number));
  return {};
}

Result<std::unique_ptr<int>> make_pointer(bool works) {
  if (!works) return fail(Error::plain("no pointer today"));
  return std::make_unique<int>(7);
}

Result<int> read_pointer(bool works) { return *TRY(make_pointer(works)); }

}  // namespace

TEST_CASE("result: TRY gives the value or returns the error unchanged") {
  CHECK(quarter(8).value() == 2);
  REQUIRE_FALSE(quarter(6));
  CHECK(quarter(6).error().code() == std::errc::invalid_argument);
  CHECK(need_even(2));
  CHECK_FALSE(need_even(3));
  CHECK(read_pointer(true).value() == 7);  // values that only move
  CHECK(read_pointer(false).error().message() == "no pointer today");
}

TEST_CASE("result: an error says what failed and why, its context in front") {
  CHECK(Error(std::errc::no_such_file_or_directory, "open \"/x\"").message() ==
        "open \"/x\": No such file or directory");
  CHECK(Error::plain("all is said").in("load").message() == "load: all is said");
  const auto nested = Error(std::errc::permission_denied, "write").in("apply").in("sysctl");
  CHECK(nested.message() == "sysctl: apply: write: Permission denied");
  CHECK(nested.code() == std::errc::permission_denied);
}

TEST_CASE("result: errno is taken with either sign, as C libraries return it") {
  CHECK(Error::from_errno("x", ENOENT).code() == std::errc::no_such_file_or_directory);
  CHECK(Error::from_errno("x", -ENOENT).code() == std::errc::no_such_file_or_directory);
  errno = EACCES;
  CHECK(Error::from_errno("x").code() == std::errc::permission_denied);
}

TEST_CASE("result: an error remembers the line that made it") {
  const auto line = std::source_location::current().line();
  CHECK(Error::plain("x").where().line() == line + 1);
  CHECK(Error::plain("x").in("y").where().line() == line + 2);
}

TEST_CASE("scope exit: undoes unless released") {
  int undone = 0;
  {
    const ScopeExit undo([&undone] { ++undone; });
  }
  CHECK(undone == 1);
  {
    ScopeExit undo([&undone] { ++undone; });
    undo.release();
  }
  CHECK(undone == 1);
}
