/// User data in its wrappings, and what is refused.
#include "agent/firstboot/parse_user_data.hpp"

#include "agent/firstboot/decode.hpp"
#include "agent/firstboot/parse_cloud_config.hpp"
#include "agent/firstboot/parse_mime.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace kgnode::firstboot;

namespace {

struct Read {
  UserData data;
  Notes notes;
};

Read read(std::string_view text) {
  Read result;
  result.data = parse_user_data(text, "u", result.notes);
  return result;
}

}  // namespace

TEST_CASE("user data: TOML is the node's configuration, empty text is nothing") {
  CHECK(read("schema = 1\n").data.node->text == "schema = 1\n");
  CHECK(read("\xef\xbb\xbfschema = 1\n").data.node->text == "schema = 1\n");
  CHECK_FALSE(read(" \n").data.node);
  CHECK(read(" \n").notes == Notes{});
}

TEST_CASE("user data: what nobody follows is an error that names it") {
  for (const auto* text :
       {"#!/bin/sh\n", "#include\nhttp://x\n", "## template: jinja\n", "{\"ignition\": {}}",
        "\x1f\x8b broken", "Content-Type: multipart/mixed\n\nx"}) {
    const auto result = read(text);
    INFO(text);
    CHECK_FALSE(result.data.node);
    CHECK(result.notes.errors.size() == 1);
  }
}

TEST_CASE("cloud-config: aliases, doubled keys and deep nesting are refused") {
  const std::string deep(200, '[');
  for (const std::string& text :
       {std::string("#cloud-config\na: &x [1]\nb: *x\n"),
        std::string("#cloud-config\nhostname: a\nhostname: b\n"), "#cloud-config\na: " + deep,
        std::string("#cloud-config\n- a\n"), std::string("#cloud-config\na: b\n---\nc: d\n")}) {
    const auto result = read(text);
    INFO(text.substr(0, 60));
    CHECK(result.notes.errors.size() == 1);
    CHECK(result.data.files.empty());
  }
}

TEST_CASE("cloud-config: write_files goes to four folders, by a plain path only") {
  for (const auto* path :
       {"/etc/motd", "/var/lib/x/y", "/run/kgnode/secrets/token", "/root/.profile"})
    CHECK_FALSE(refuse_path(path));
  for (const auto* path :
       {"", "etc/motd", "/usr/bin/x", "/etc/../usr/x", "/etc//x", "/etc/x/", "/etc/./x", "/etc",
        "/", "/var/lib/kgnode/firstboot/state.json", "/etcetera/x"})
    CHECK(refuse_path(path));
}

TEST_CASE(
    "cloud-config: a file with unknown encoding, bad mode or append is not written and says so") {
  for (const auto* entry :
       {"encoding: rot13", "encoding: b64, content: '?'", "permissions: '0999'",
        "permissions: '4755'", "append: true", "encoding: gz, content: plain"}) {
    const auto result =
        read(std::string("#cloud-config\nwrite_files: [{path: /etc/x, ") + entry + "}]\n");
    INFO(entry);
    CHECK(result.data.files.empty());
    CHECK(result.notes.errors.size() == 1);
  }
}

TEST_CASE("cloud-config: keys of SSH users are collected once, whatever is no key is named") {
  const auto result =
      read("#cloud-config\nssh_authorized_keys: ['not a key']\nhostname: CP-7.example.org\n");
  CHECK(result.data.ssh_keys.empty());
  CHECK(result.notes.warnings.size() == 1);
  CHECK(result.data.hostname == "cp-7");
}

TEST_CASE("base64 and quoted-printable undo their encoding or refuse") {
  CHECK(decode_base64("aGVs\nbG8=") == "hello");
  CHECK(decode_base64("aGVsbG8") == "hello");
  CHECK(decode_base64("") == "");
  CHECK_FALSE(decode_base64("aGVsbG8=x"));
  CHECK_FALSE(decode_base64("a"));
  CHECK_FALSE(decode_base64("aG!s"));
  CHECK(decode_quoted_printable("a=3Db=\r\nc=\nd") == "a=bcd");
  CHECK_FALSE(decode_quoted_printable("a=3"));
  CHECK_FALSE(decode_quoted_printable("a=zz"));
}

TEST_CASE("MIME: parts come in order, nested ones flattened") {
  const auto parts = parse_mime(
      "MIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary=\"a\"\n\npreamble\n--a\n"
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: "
      "Text/Cloud-Config\n\none\n--b--\n\n--a\n\ntwo\n--a--\n");
  REQUIRE(parts);
  CHECK(*parts ==
        std::vector<MimePart>{{"text/cloud-config", "", "one"}, {"text/plain", "", "two"}});
}

TEST_CASE("MIME: a missing end, too many parts and unknown encodings are refused") {
  const std::string head = "Content-Type: multipart/mixed; boundary=a\n\n";
  CHECK_FALSE(parse_mime(head + "--a\n\nx\n"));
  CHECK_FALSE(parse_mime(head + "--a\nContent-Transfer-Encoding: uuencode\n\nx\n--a--\n"));
  CHECK_FALSE(parse_mime(head + "--a\nno header\n\nx\n--a--\n"));
  std::string many = head;
  for (int i = 0; i < 100; ++i) many += "--a\n\nx\n";
  CHECK_FALSE(parse_mime(many + "--a--\n"));
}
