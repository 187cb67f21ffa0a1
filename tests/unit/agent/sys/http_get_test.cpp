/// The answers a metadata service gives, and those that are refused.
#include "agent/sys/http_get.hpp"

#include "agent/sys/gzip.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode::sys;

TEST_CASE("an HTTP answer is its status and a body as long as announced") {
  CHECK(parse_http_answer("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi").value() ==
        HttpAnswer{200, "hi"});
  CHECK(parse_http_answer("HTTP/1.1 404 Not Found\r\nServer: x\r\n\r\n").value() ==
        HttpAnswer{404, ""});
  for (const auto* text :
       {"", "hi", "HTTP/2 200\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", "HTTP/1.1 200 OK\r\nbroken\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\n"}) {
    INFO(text);
    CHECK_FALSE(parse_http_answer(text));
  }
}

TEST_CASE("a server is named as an address bar would, with its zone") {
  CHECK(to_string(HttpServer{.address = *kgnode::parse_address("169.254.169.254")}) ==
        "http://169.254.169.254");
  CHECK(to_string(HttpServer{
            .address = *kgnode::parse_address("fe80::a9fe:a9fe"), .port = 81, .interface = 2}) ==
        "http://[fe80::a9fe:a9fe%2]:81");
}

TEST_CASE("gunzip refuses what is cut, damaged, followed by more, or grows above its limit") {
  using namespace std::string_view_literals;
  constexpr auto kHello =
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00"sv;
  CHECK(gunzip(kHello, 5).value() == "hello");
  CHECK_FALSE(gunzip(kHello, 4));
  CHECK_FALSE(gunzip(kHello.substr(0, 20), 100));
  CHECK_FALSE(gunzip(std::string(kHello) + "x", 100));
  CHECK_FALSE(gunzip("hello", 100));
}
