#include "agent/base/ssh_key.hpp"

#include <fstream>
#include <sstream>

#include "agent/base/text.hpp"
#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using kgnode::parse_ssh_key;

namespace {

std::string key_file(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(TEST_DATA "/ssh/keys/") + name + ".pub").rdbuf();
  return text.str();
}

std::string refusal(std::string_view line) {
  const auto key = parse_ssh_key(line);
  return key ? "accepted" : key.error().message();
}

}  // namespace

TEST_CASE("ssh key: the kinds that sshd here accepts are accepted and kept as they are", "[base]") {
  for (const auto* name : {"ed25519", "sk_ed25519", "rsa3072", "rsa4096"}) {
    INFO(name);
    const auto line = key_file(name);
    const auto key = parse_ssh_key(line);
    REQUIRE(key);
    CHECK(key->comment == "ops@laptop");
    CHECK(to_string(*key) == kgnode::trim(line));
  }
}

TEST_CASE("ssh key: a comment may be absent or have blanks", "[base]") {
  const auto line = key_file("ed25519");
  const auto bare = line.substr(0, line.rfind(' '));
  CHECK(parse_ssh_key(bare).value().comment.empty());
  CHECK(parse_ssh_key("  " + bare + "\t two  words \n").value().comment == "two words");
}

TEST_CASE("ssh key: what is refused, and what to give instead", "[base]") {
  const auto ed25519 = key_file("ed25519");
  const auto blob = std::string(kgnode::split_words(ed25519)[1]);
  struct Row {
    std::string line, says;
  };
  const std::vector<Row> rows = {
      {"", "empty SSH key"},
      {key_file("rsa2048"), "RSA key of 2048 bits is not accepted, 3072 to 16384 are"},
      {key_file("ecdsa"), "ecdsa-sha2-nistp256 are not accepted here: make a new key"},
      {"-----BEGIN OPENSSH PRIVATE KEY-----", "private key, which must not leave its owner"},
      {"restrict " + ed25519, "options before the key are not accepted"},
      {"from=\"10.0.0.1\" " + ed25519, "options before the key are not accepted"},
      {"ssh-ed25519-cert-v01@openssh.com " + blob, "certificate is not a key"},
      {"ssh-ed25591 " + blob, "did you mean ssh-ed25519?"},
      {"hello", "unknown key type \"hello\""},
      {"ssh-ed25519", "no key after ssh-ed25519"},
      {"ssh-ed25519 " + blob.substr(0, 40), "wrong length"},
      {"ssh-ed25519 " + blob.substr(0, 41), "not base64"},
      {"ssh-ed25519 " + blob + "!", "not base64"},
      {"ssh-rsa " + blob, "the type inside differs"},
      {ed25519 + ed25519, "one key is one line"},
      {"ssh-ed25519 " + blob + " a\x1b[2J", "control character"},
      {"ssh-ed25519 " + blob + " " + std::string(9000, 'x'), "longer than 8192 bytes"},
  };
  for (const auto& row : rows) {
    INFO(row.line.substr(0, 60));
    CHECK_THAT(refusal(row.line), ContainsSubstring(row.says));
  }
}

TEST_CASE("ssh key: the refusal of a private key does not repeat it", "[base]") {
  CHECK_THAT(refusal("-----BEGIN RSA PRIVATE KEY----- MIIsecret"), !ContainsSubstring("MII"));
}

TEST_CASE("ssh key: base64 that is not canonical is refused", "[base]") {
  // The last sextet of an Ed25519 blob (51 bytes) is full; the application of a security key is
  // not.
  auto line = std::string(kgnode::trim(key_file("sk_ed25519")));
  const auto padding = line.find("= ");
  REQUIRE(padding != std::string::npos);
  const auto last = line.find_last_not_of('=', padding);
  line[last] = static_cast<char>(line[last] + 1);
  CHECK_THAT(refusal(line), ContainsSubstring("not base64"));
}
