/// Addresses, networks and ports: what is read, how it is printed, what lies inside.
#include "agent/base/net.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;

TEST_CASE("net: an address prints in its canonical form and reads back") {
  struct Row {
    std::string_view text;
    std::string_view printed;
  };
  for (const auto& [text, printed] :
       std::initializer_list<Row>{{"10.0.0.11", "10.0.0.11"},
                                  {"0.0.0.0", "0.0.0.0"},
                                  {"255.255.255.255", "255.255.255.255"},
                                  {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
                                  {"::", "::"},
                                  {"::1", "::1"},
                                  {"fe80::a9fe:a9fe", "fe80::a9fe:a9fe"},
                                  {"::ffff:10.0.0.1", "::ffff:10.0.0.1"}}) {
    INFO(text);
    const auto address = parse_address(text);
    REQUIRE(address);
    CHECK(to_string(*address) == printed);
    CHECK(parse_address(printed) == address);
  }
}

TEST_CASE("net: what is not exactly one address is refused") {
  for (const std::string_view bad :
       {"", " ", "10.0.0", "10.0.0.0.1", "010.0.0.1", "10.0.0.256", "10.0.0.1 ", " 10.0.0.1",
        "10.0.0.1/24", "0x0a.0.0.1", "167772161", "fe80::1%eth0", ":::", "1::2::3", "2001:db8",
        "g::1", "localhost", "1111:2222:3333:4444:5555:6666:7777:8888:9999", "10.0.0.-1"}) {
    INFO(bad);
    CHECK_FALSE(parse_address(bad));
  }
  CHECK_FALSE(parse_address(std::string_view("10.0.0.1\0x", 10)));
  CHECK_FALSE(parse_address(std::string(10'000, '1')));
}

TEST_CASE("net: loopback is 127/8 and ::1, nothing else") {
  for (const std::string_view yes : {"127.0.0.1", "127.255.255.255", "::1"})
    CHECK(is_loopback(*parse_address(yes)));
  for (const std::string_view no :
       {"128.0.0.1", "126.0.0.1", "0.0.0.0", "::", "::2", "::ffff:127.0.0.1"})
    CHECK_FALSE(is_loopback(*parse_address(no)));
}

TEST_CASE("net: a network has no host bits, and a bare address is its own network") {
  CHECK(to_string(*parse_prefix("10.0.0.0/24")) == "10.0.0.0/24");
  CHECK(to_string(*parse_prefix("0.0.0.0/0")) == "0.0.0.0/0");
  CHECK(to_string(*parse_prefix("::/0")) == "::/0");
  CHECK(to_string(*parse_prefix("10.0.0.1")) == "10.0.0.1");
  CHECK(parse_prefix("10.0.0.1/32") == parse_prefix("10.0.0.1"));
  CHECK(parse_prefix("2001:db8::1/128") == parse_prefix("2001:db8::1"));
  for (const std::string_view bad :
       {"", "/", "/24", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/ 24", "10.0.0.0/24/8",
        "10.0.0.1/24", "10.0.0.0/255.255.255.0", "::/129", "2001:db8::1/64", "10.0.0.0/256",
        "10.0.0.0/+8"}) {
    INFO(bad);
    CHECK_FALSE(parse_prefix(bad));
  }
}

TEST_CASE("net: a network contains its addresses and smaller networks of its family") {
  struct Row {
    std::string_view network;
    std::string_view inner;
    bool contains;
  };
  for (const auto& [network, inner, contains] :
       std::initializer_list<Row>{{"10.0.0.0/24", "10.0.0.0", true},
                                  {"10.0.0.0/24", "10.0.0.255", true},
                                  {"10.0.0.0/24", "10.0.1.0", false},
                                  {"10.0.0.0/23", "10.0.1.255", true},
                                  {"10.0.0.128/25", "10.0.0.127", false},
                                  {"0.0.0.0/0", "255.255.255.255", true},
                                  {"0.0.0.0/0", "::", false},
                                  {"::/0", "10.0.0.1", false},
                                  {"2001:db8::/33", "2001:db8:7fff::", true},
                                  {"2001:db8::/33", "2001:db8:8000::", false},
                                  {"10.0.0.1", "10.0.0.1", true},
                                  {"10.0.0.0/8", "10.42.0.0/16", true},
                                  {"10.42.0.0/16", "10.0.0.0/8", false},
                                  {"10.0.0.0/8", "10.0.0.0/8", true}}) {
    INFO(network << " " << inner);
    CHECK(parse_prefix(network)->contains(*parse_prefix(inner)) == contains);
  }
}

TEST_CASE("net: the last address of a network") {
  CHECK(to_string(parse_prefix("10.0.0.0/24")->last()) == "10.0.0.255");
  CHECK(to_string(parse_prefix("10.0.0.0/31")->last()) == "10.0.0.1");
  CHECK(to_string(parse_prefix("10.0.0.7")->last()) == "10.0.0.7");
  CHECK(to_string(parse_prefix("0.0.0.0/0")->last()) == "255.255.255.255");
  CHECK(to_string(parse_prefix("2001:db8::/33")->last()) ==
        "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff");
}

TEST_CASE("net: making a network clears the host bits") {
  CHECK(to_string(make_prefix(*parse_address("10.1.2.3"), 20)) == "10.1.0.0/20");
  CHECK(to_string(make_prefix(*parse_address("10.1.2.3"), 0)) == "0.0.0.0/0");
  CHECK(to_string(make_prefix(*parse_address("2001:db8::1"), 64)) == "2001:db8::/64");
  CHECK(make_host_prefix(*parse_address("::1")) == *parse_prefix("::1/128"));
}

TEST_CASE("net: ports are one port or a rising range with a protocol") {
  CHECK(parse_port_range("6443/tcp") == PortRange{Protocol::tcp, 6443, 6443});
  CHECK(parse_port_range("30000-32767/udp") == PortRange{Protocol::udp, 30000, 32767});
  CHECK(parse_port_range("1-65535/tcp") == PortRange{Protocol::tcp, 1, 65535});
  CHECK(parse_port_range("5-5/tcp") == PortRange{Protocol::tcp, 5, 5});
  for (const std::string_view text : {"6443/tcp", "30000-32767/udp", "1-65535/tcp"})
    CHECK(to_string(*parse_port_range(text)) == text);
  for (const std::string_view bad :
       {"", "/", "22", "22/", "/tcp", "0/tcp", "65536/tcp", "2-1/tcp", "0-5/tcp", "22/sctp",
        "22/TCP", " 22/tcp", "22/tcp ", "1-2-3/tcp", "-5/tcp", "5-/tcp", "22/tcp/udp", "+22/tcp"}) {
    INFO(bad);
    CHECK_FALSE(parse_port_range(bad));
  }
}
