/// What looks like a secret goes, what an operator needs stays.
#include "agent/support/redact.hpp"

#include <array>
#include <utility>

#include "tests/support/catch.hpp"

using namespace kgnode;
using support::Redactor;

namespace {

std::string clean(std::string text) {
  auto redactor = Redactor::make({});
  REQUIRE(redactor);
  return redactor->clean(std::move(text));
}

using Case = std::pair<const char*, const char*>;

constexpr std::string_view kKeyLine =
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";

}  // namespace

TEST_CASE("redact: values with a telling name") {
  constexpr std::array kCases = {
      Case{"K3S_TOKEN=hunter2", "K3S_TOKEN=[redacted]"},
      Case{"token: \"abc def\" # c", "token: \"[redacted]\" # c"},
      Case{"etcd-s3-secret-key: 'it''s'", "etcd-s3-secret-key: '[redacted]'"},
      Case{R"({"password":"a\"b","user":"x"})", R"({"password":"[redacted]","user":"x"})"},
      Case{R"(msg="{\"token\":\"abc\"}" x=1)", R"(msg="{\"token\":\"[redacted]\"}" x=1)"},
      Case{"run --token abc --node-ip 10.0.0.1", "run --token [redacted] --node-ip 10.0.0.1"},
      Case{R"(args=["--token","abc","--x"])", R"(args=["--token","[redacted]","--x"])"},
      Case{"--agent-token=abc,def", "--agent-token=[redacted],def"},
      Case{"Password: correct horse battery", "Password: [redacted]"},
      Case{"password=correct horse", "password=[redacted] horse"},
      Case{"api_key = 12345, next", "api_key = [redacted], next"},
      Case{"PrivateKey = abc", "PrivateKey = [redacted]"},
      Case{"private key: abc", "private key: [redacted]"},
      Case{"token = [\"a\", \"b\"]", "token = [redacted]"},
      Case{"secret: {\"value\": \"a\"} b", "secret: [redacted] b"},
      Case{"a:\n  secret: |\n    one\n    two\n  next: 1\n",
           "a:\n  secret: |\n[redacted]\n  next: 1\n"},
      Case{"passphrase = \"\"\"\none\ntwo\"\"\"\nx = 1",
           "passphrase = \"\"\"[redacted]\"\"\"\nx = 1"},
      Case{"Set-Cookie: sid=1; Path=/", "Set-Cookie: [redacted]"},
      Case{"\"token\": \"unterminated\nnext", "\"token\": \"[redacted]\nnext"}};
  for (const auto& [text, cleaned] : kCases) CHECK(clean(text) == cleaned);
}

TEST_CASE("redact: what only tells where a secret is, or that there is none, stays") {
  for (const auto* text :
       {"token = { file = \"/run/kgnode/secrets/k3s-token\" }", "K3S_TOKEN_FILE=/run/x",
        "token-file: /run/x", "secrets-encryption: true", "secrets-encryption-provider: secretbox",
        "\"token\": null", "token: \"\"", "Failed password for root from 203.0.113.7 port 22 ssh2",
        "systemd-ask-password-console.path: Deactivated successfully.",
        "the token of the server is another one", "secret_name=web",
        "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90 is the digest",
        "/var/lib/rancher/k3s/agent/containerd/io.containerd.snapshotter.v1/Snapshots/12",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ops",
        "SHA256:uNiVztksCsDhcc0u9e8BrwJ4sJkS7d7BvT1Jqd9sVhQ"}) {
    CHECK(clean(text) == text);
  }
}

TEST_CASE("redact: what has the shape of a secret") {
  constexpr std::array kCases = {
      Case{"curl -H 'Authorization: Bearer abcdefgh'", "curl -H 'Authorization: [redacted]"},
      Case{"bearer eyJhbGciOi.eyJzdWIi.sig here", "bearer [redacted] here"},
      Case{"got eyJhbGciOi.eyJzdWIi.sig here", "got [redacted] here"},
      Case{"join abcdef.0123456789abcdef now", "join abcdef.[redacted] now"},
      Case{"root:$6$salt$hash.of/it:19000:0:", "root:$6$[redacted]:19000:0:"},
      Case{"admin:$y$j9T$abc$def:1", "admin:$y$[redacted]:1"},
      Case{"proxy http://user:pass@proxy:3128/ used", "proxy http://[redacted]@proxy:3128/ used"},
      Case{"GET /b?X-Amz-Signature=abc&x=1", "GET /b?X-Amz-Signature=[redacted]&x=1"},
      Case{"AKIAIOSFODNN7EXAMPLE used", "AKIA[redacted] used"},
      Case{"ghp_0123456789abcdefghij", "ghp_[redacted]"},
      Case{"data: LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0t x", "data: [redacted] x"},
      Case{"key Zx8Kq2Lm9Pv4Rt7Yw1Bn5Cd3Fg6Hj0QsUoIeAzXc end", "key [redacted] end"}};
  for (const auto& [text, cleaned] : kCases) CHECK(clean(text) == cleaned);
  const std::string hash(64, 'a');
  CHECK(clean("K10" + hash + "::server:secret x") == "K10" + hash + "::[redacted] x");
}

TEST_CASE("redact: private keys, whole, in lines of a log, and cut at either end") {
  const std::string line(kKeyLine);
  const std::string begin = "-----BEGIN RSA PRIVATE KEY-----";
  const std::string end = "-----END RSA PRIVATE KEY-----";
  CHECK(clean("a\n" + begin + "\n" + line + "\n" + end + "\nb") == "a\n[redacted]\nb");
  CHECK(clean("a " + begin + "\\n" + line + "\\n" + end + " b") == "a [redacted] b");
  const std::string log = "Nov 25 cp-1 app[1]: ";
  for (const auto& text :
       {log + begin + "\n" + log + line + "\n" + log + "c2hvcnQ0NDQ=\n" + log + "next",
        log + "next\n" + log + line + "\n" + log + "c2hvcnQ0NDQ=\n" + log + end + "\n",
        log + begin + "\\n" + line + "\\nc2hvcnQ0NDQ=", "x c2hvcnQ0NDQ=\\n" + line + "\\n" + end}) {
    INFO(text);
    const auto cleaned = clean(text);
    CHECK_FALSE(cleaned.contains("c2hvcnQ0NDQ"));
    CHECK_FALSE(cleaned.contains(line.substr(0, 20)));
  }
  CHECK(clean(log + begin + "\n" + log + line + "\n" + log + "next").ends_with("app[1]: next"));
  const std::string certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
  CHECK(clean(certificate) == certificate);
}

TEST_CASE("redact: an environment keeps what is known to be harmless") {
  auto redactor = Redactor::make({});
  REQUIRE(redactor);
  CHECK(redactor->clean_environment("PATH=/usr/bin\nDATABASE=postgres\nK3S_TOKEN=x\n") ==
        "PATH=/usr/bin\nDATABASE=[redacted]\nK3S_TOKEN=[redacted]\n");
  CHECK(redactor->clean_environment("A=one\ntwo") == "A=[redacted]\n[redacted]");
}

TEST_CASE("redact: JSON stays JSON, by line") {
  auto redactor = Redactor::make({});
  REQUIRE(redactor);
  CHECK(redactor->clean_json(R"({"text":"password: a b","next":[1,{"token":"x"}],"empty":[]})") ==
        "{\n  \"text\": \"password: [redacted]\",\n  \"next\": [\n    1,\n    {\n"
        "      \"token\": \"[redacted]\"\n    }\n  ],\n  \"empty\": []\n}\n");
  CHECK(redactor->clean_json("no JSON: token=x") == "no JSON: token=[redacted]");
}

TEST_CASE("redact: values that a text tells as secrets") {
  CHECK(support::secret_values("token = \"one two\"\nname = \"x\"\nK3S_TOKEN=three") ==
        std::vector<std::string>{"one two", "three"});
}
