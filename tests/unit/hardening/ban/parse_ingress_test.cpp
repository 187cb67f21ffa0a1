/// Access logs: who asked for what is not there.
#include "hardening/ban/lines.hpp"
#include "tests/support/ban_lines.hpp"
#include "tests/support/hostile.hpp"

using namespace kgnode::hardening::ban;

namespace {

// What nginx does to a variable in a log.
std::string escape_as_nginx(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '"' || c == '\\') {
      escaped += std::format("\\x{:02X}", byte);
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

TEST_CASE("ingress: every line of the corpus has its verdict") {
  const auto lines = test::read_ban_lines("ingress-nginx.lines");
  for (const auto& [verdict, line] : lines) {
    INFO(line);
    CHECK(test::to_verdict(parse_ingress(line)) == verdict);
  }
  CHECK(lines.size() > 60);
}

TEST_CASE("ingress: no user name, path, referer or agent changes who asked or what was answered") {
  struct Row {
    std::string_view shape;
    bool offence;
  };
  for (const auto& [shape, offence] : std::initializer_list<Row>{
           {R"(@ - ~ [22/Nov/2026:18:36:18 +0000] "GET /x HTTP/1.1" 404 1 "-" "-")", true},
           {R"(@ - - [22/Nov/2026:18:36:18 +0000] "GET /x~ HTTP/1.1" 404 1 "-" "-")", true},
           {R"(@ - - [22/Nov/2026:18:36:18 +0000] "GET /x HTTP/1.1" 404 1 "~" "-")", true},
           {R"(@ - - [22/Nov/2026:18:36:18 +0000] "GET /x HTTP/1.1" 404 1 "-" "~")", true},
           {R"(@ - ~ [22/Nov/2026:18:36:18 +0000] "GET /x HTTP/1.1" 200 1 "-" "-")", false},
           {R"(@ - - [22/Nov/2026:18:36:18 +0000] "GET /x~ HTTP/1.1" 200 1 "-" "-")", false},
           {R"(@ - - [22/Nov/2026:18:36:18 +0000] "~" 200 1 "-" "-")", false},
           {R"(@ - - [22/Nov/2026:18:36:18 +0000] "GET /x HTTP/1.1" 200 1 "~" "~")", false}}) {
    for (const auto& text : test::hostile_texts()) {
      const auto line = test::fill(shape, escape_as_nginx(text));
      INFO(line);
      const auto hit = parse_ingress(line);
      CHECK(test::is_just(hit));
      CHECK(hit.has_value() == offence);
    }
  }
}

TEST_CASE("ingress: where a quote is not escaped, only the one who sent it is affected") {
  for (const auto& text : test::hostile_texts()) {
    CHECK(
        test::is_just(parse_ingress(test::fill(R"(@ - ~ [x] "GET /~ HTTP/1.1" 404 1 "~")", text))));
    CHECK(test::is_just(parse_ingress(
        test::fill(R"({"ClientHost":"@","DownstreamStatus":404,"RequestPath":"/~","x":"y"})",
                   text.contains('"') ? "" : text))));
  }
}
