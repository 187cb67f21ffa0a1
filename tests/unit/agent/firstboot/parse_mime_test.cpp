/// Multi-part user data: leaves in order, and a refusal for everything that is not strict.
#include "agent/firstboot/parse_mime.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::firstboot;

namespace {

std::string multipart(const std::string& parts) {
  return "Content-Type: multipart/mixed; boundary=\"XX\"\nMIME-Version: 1.0\n\n" + parts;
}

}  // namespace

TEST_CASE("MIME: parts come in order, with their transfer encoding undone") {
  const auto parts = parse_mime(multipart(
      "--XX\nContent-Type: text/cloud-config; charset=\"us-ascii\"\n\n#cloud-config\nhostname: a\n"
      "--XX\nContent-Type: Text/Plain\nContent-Transfer-Encoding: base64\n\nc2NoZW1hID0gMQo=\n"
      "--XX--\n"));
  REQUIRE(parts);
  REQUIRE(parts->size() == 2);
  CHECK(parts->at(0).type == "text/cloud-config");
  CHECK(parts->at(0).body.starts_with("#cloud-config\nhostname: a"));
  CHECK(parts->at(1).type == "text/plain");
  CHECK(parts->at(1).body == "schema = 1\n");
}

TEST_CASE("MIME: what is not strict is refused") {
  for (const auto& text :
       {multipart("--XX\nContent-Type: text/plain\n\nno end\n"),
        std::string("Content-Type: multipart/mixed\n\n--XX\n\na\n--XX--\n"),
        multipart(
            "--XX\nContent-Type: text/plain\nContent-Transfer-Encoding: uuencode\n\na\n--XX--\n"),
        multipart(
            "--XX\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!\n--XX--\n")}) {
    INFO(text);
    CHECK_FALSE(parse_mime(text));
  }
}

TEST_CASE("MIME: more than 64 parts are refused") {
  std::string parts;
  for (int i = 0; i < 65; ++i) parts += "--XX\nContent-Type: text/plain\n\na\n";
  CHECK_FALSE(parse_mime(multipart(parts + "--XX--\n")));
}

TEST_CASE("MIME: only a header field at the start makes it MIME") {
  CHECK(is_mime("Content-Type: multipart/mixed; boundary=x\n\n"));
  CHECK(is_mime("MIME-Version: 1.0\nContent-Type: text/plain\n\n"));
  CHECK_FALSE(is_mime("#cloud-config\nContent-Type: x\n"));
  CHECK_FALSE(is_mime("schema = 1\n"));
}
