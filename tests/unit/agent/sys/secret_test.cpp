/// Secrets: one copy, compared whole, moved but not copied, without a way to print them.
#include "agent/sys/secret.hpp"

#include <format>
#include <ostream>
#include <type_traits>

#include "tests/support/catch.hpp"

using namespace kgnode;
using sys::SecretBuffer;

namespace {

SecretBuffer make(std::string text) {
  auto secret = SecretBuffer::take(text);
  REQUIRE(secret);
  return std::move(*secret);
}

template <class T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };

}  // namespace

TEST_CASE("secret: taking the text leaves nothing of it behind") {
  std::string text = "long enough not to live inside the string object itself";
  const char* bytes = text.data();
  const auto size = text.size();
  const auto secret = SecretBuffer::take(text);
  REQUIRE(secret);
  CHECK(secret->view() == "long enough not to live inside the string object itself");
  CHECK(text.empty());
  // The string keeps its block, so the bytes may still be looked at.
  CHECK(std::string_view(bytes, size) == std::string(size, '\0'));
}

TEST_CASE("secret: equal means the same bytes") {
  CHECK(make("abc") == make("abc"));
  CHECK_FALSE(make("abc") == make("abd"));
  CHECK_FALSE(make("abc") == make("abcd"));
  CHECK(make("") == make(""));
  CHECK_FALSE(make("") == make("a"));
}

TEST_CASE("secret: moves, never copies, and nothing prints it") {
  auto first = make("first");
  auto second = std::move(first);
  CHECK(second.view() == "first");
  second = make("second");
  CHECK(second.view() == "second");
  STATIC_CHECK_FALSE(std::is_copy_constructible_v<SecretBuffer>);
  STATIC_CHECK_FALSE(std::is_copy_assignable_v<SecretBuffer>);
  STATIC_CHECK_FALSE(Printable<SecretBuffer>);
  STATIC_CHECK_FALSE(std::formattable<SecretBuffer, char>);
}

TEST_CASE("secret: wiping clears what a longer value left in the string's block") {
  std::string text = "a longer secret that was here before the short one came";
  const char* bytes = text.data();
  const auto size = text.size();
  text.resize(5);
  sys::wipe(text);
  CHECK(text.empty());
  CHECK(std::string_view(bytes, size) == std::string(size, '\0'));
}
