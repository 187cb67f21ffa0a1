#pragma once
/// Result<T>: a value or an Error. The only header that names the expected<> implementation.
#include <cerrno>
#include <expected>
#include <source_location>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace kgnode {

/// An unexpected failure. Forward it with TRY; match on code() only right after a system call.
class Error {
 public:
  Error(std::errc code, std::string what, std::source_location at = std::source_location::current())
      : code_(code), what_(std::move(what)), at_(at) {}

  /// A refusal whose text already says everything: what, where, and the way out.
  static Error plain(std::string what, std::source_location at = std::source_location::current()) {
    return {std::errc{}, std::move(what), at};
  }

  /// Accepts errno as it is, and the negative errno that C libraries return.
  static Error from_errno(std::string what, int err = errno,
                          std::source_location at = std::source_location::current()) {
    return {static_cast<std::errc>(err < 0 ? -err : err), std::move(what), at};
  }

  /// Adds what the caller was doing: "load policy: parse line 3: Invalid argument".
  Error in(std::string context) && {
    what_ = std::move(context) + ": " + what_;
    return std::move(*this);
  }

  std::errc code() const { return code_; }
  const std::source_location& where() const { return at_; }
  std::string message() const {
    return code_ == std::errc{} ? what_ : what_ + ": " + std::make_error_code(code_).message();
  }

 private:
  std::errc code_;
  std::string what_;
  std::source_location at_;
};

/// std::expected is not [[nodiscard]]; a class of our own makes GCC refuse a dropped Result.
template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

template <class T>
T take(Result<T>&& result) {
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace kgnode

/// Unwraps a Result, or returns its Error from the enclosing function (not from a coroutine).
#define TRY(expr) KGNODE_TRY_AS(expr, KGNODE_TRY_JOIN(try_result_, __COUNTER__))
// A name of its own for each use, so that one TRY may stand inside another.
#define KGNODE_TRY_JOIN(a, b) KGNODE_TRY_PASTE(a, b)
#define KGNODE_TRY_PASTE(a, b) a##b
// NOLINTBEGIN(bugprone-macro-parentheses): the name of a variable cannot stand in parentheses.
#define KGNODE_TRY_AS(expr, name)                              \
  __extension__({                                              \
    auto name = (expr);                                        \
    if (!name) return ::kgnode::fail(std::move(name).error()); \
    ::kgnode::take(std::move(name));                           \
  })
// NOLINTEND(bugprone-macro-parentheses)
