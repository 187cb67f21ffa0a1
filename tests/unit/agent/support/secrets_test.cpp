/// Known secrets, in every form.
#include "agent/support/secrets.hpp"

#include "agent/sys/base64.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using support::Counts, support::Secrets;

namespace {

constexpr std::string_view kSecret = R"(s3cr"t/Pa ss'wörd?)";

Secrets with(std::string_view secret) {
  Secrets secrets;
  std::string text(secret);
  CHECK(secrets.add("k3s.token", text).value());
  CHECK(text.empty());
  return secrets;
}

std::string hide(const Secrets& secrets, std::string text) {
  Counts counts;
  secrets.hide(text, counts);
  return text;
}

}  // namespace

TEST_CASE("secrets: as they are, and as JSON, URLs, YAML and hexadecimal digits have them") {
  const auto secrets = with(kSecret);
  for (const auto* text :
       {R"(a s3cr"t/Pa ss'wörd? b)", R"(a s3cr\"t/Pa ss'wörd? b)", R"(a s3cr\\\"t/Pa ss'wörd? b)",
        R"(a s3cr"t/Pa ss''wörd? b)", "a s3cr%22t%2FPa%20ss%27w%C3%B6rd%3F b",
        "a 7333637222742f50612073732777c3b672643f b"}) {
    INFO(text);
    CHECK(hide(secrets, text) == "a [redacted k3s.token] b");
  }
  CHECK(hide(secrets, "x7333637222742F50612073732777C3B672643Fx") == "x[redacted k3s.token]x");
}

TEST_CASE("secrets: as Base64, wherever in what was encoded they stand") {
  const auto secrets = with(kSecret);
  for (std::size_t before = 0; before < 7; ++before) {
    for (std::size_t after = 0; after < 4; ++after) {
      const auto encoded =
          sys::to_base64(std::string(before, 'b') + std::string(kSecret) + std::string(after, 'a'));
      INFO(encoded);
      CHECK(hide(secrets, encoded).contains("[redacted k3s.token]"));
    }
  }
}

TEST_CASE("secrets: all of a token before the password in it") {
  Secrets secrets;
  std::string password = "0123456789abcdef";
  std::string token = "K10aa::server:0123456789abcdef";
  CHECK(secrets.add("password", password).value());
  CHECK(secrets.add("token", token).value());
  Counts counts;
  std::string text = "K10aa::server:0123456789abcdef and 0123456789abcdef, 0123456789abcdef";
  secrets.hide(text, counts);
  CHECK(text == "[redacted token] and [redacted password], [redacted password]");
  CHECK(counts == Counts{{"password", 2}, {"token", 1}});
}

TEST_CASE("secrets: one that is an ordinary word is hidden, and its mark does not hold it") {
  const auto secrets = with("token");
  const auto text = hide(secrets, "k3s.token is a token");
  CHECK_FALSE(text.contains("token"));
  CHECK_FALSE(secrets.find_in(text));
  CHECK(hide(with("redacted"), "a redacted b") == "a [*] b");
}

TEST_CASE("secrets: too short a one is not looked for, and the caller is told") {
  Secrets secrets;
  std::string text = "abc";
  CHECK_FALSE(secrets.add("x", text).value());
  CHECK(hide(secrets, "abc") == "abc");
  CHECK_FALSE(secrets.find_in("abc"));
}
