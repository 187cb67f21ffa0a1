#pragma once
/// Log lines with a part that an attacker chose, as the daemons would write them, for the tests and
/// the fuzz targets. kReal did it, everybody else is innocent.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hardening/ban/types.hpp"

namespace test {

inline constexpr std::string_view kReal = "203.0.113.7";

/// '@' is kReal, '~' is what the attacker chose: at most `limit` bytes of it.
struct HostileShape {
  std::string_view text;
  std::size_t limit = 100;
};

inline constexpr std::array kSshdShapes = {
    HostileShape{"Failed password for invalid user ~ from @ port 40001 ssh2"},
    HostileShape{"Failed none for invalid user ~ from @ port 40001 ssh2"},
    HostileShape{"Failed keyboard-interactive/pam for invalid user ~ from @ port 40001 ssh2"},
    HostileShape{"Failed publickey for invalid user ~ from @ port 40001 ssh2: RSA SHA256:x"},
    HostileShape{"Failed publickey for root from @ port 40001 ssh2: RSA-CERT SHA256:x ID ~ CA x",
                 600},
    HostileShape{"Failed hostbased for root from @ port 1 ssh2: RSA SHA256:x, client user \"~\""},
    HostileShape{"Accepted publickey for root from @ port 1 ssh2: RSA-CERT SHA256:x ID ~ CA x",
                 600},
    HostileShape{"Postponed keyboard-interactive for invalid user ~ from @ port 1 ssh2 [preauth]"},
    HostileShape{"Invalid user ~ from @ port 40001"},
    HostileShape{"error: maximum authentication attempts exceeded for invalid user ~ from @ port "
                 "40001 ssh2 [preauth]"},
    HostileShape{"error: PAM: Authentication failure for illegal user ~ from @"},
    HostileShape{"administratively prohibited connection for invalid user ~ from @ port 40001",
                 600},
    HostileShape{
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
        "rhost=@  user=~"},
    HostileShape{"Connection closed by invalid user ~ @ port 40001 [preauth]", 200},
    HostileShape{"Connection closed by authenticating user ~ @ port 40001 [preauth]", 200},
    HostileShape{"Connection reset by invalid user ~ @ port 40001 [preauth]", 200},
    HostileShape{"Connection from invalid user ~ @ port 40001 timed out [preauth]", 200},
    HostileShape{"Disconnected from invalid user ~ @ port 40001 [preauth]", 200},
    HostileShape{"Disconnecting invalid user ~ @ port 40001: Too many authentication failures "
                 "[preauth]",
                 200},
    HostileShape{"Disconnecting invalid user x @ port 40001: Change of username or service not "
                 "allowed: (x,y) -> (~,z) [preauth]"},
    HostileShape{"Disconnecting @ port 40001: ~ [preauth]"},
    HostileShape{"error: Received disconnect from @ port 40001:14: ~ [preauth]", 400},
    HostileShape{"Received disconnect from @ port 40001:11: ~ [preauth]", 400},
    HostileShape{"Unable to negotiate with @ port 40001: no matching key exchange method found. "
                 "Their offer: ~ [preauth]",
                 600},
    HostileShape{"ssh_dispatch_run_fatal: Connection from invalid user ~ @ port 40001: message "
                 "authentication code incorrect [preauth]",
                 200},
    HostileShape{
        "error: kex_exchange_identification: client sent invalid protocol identifier \"~\"", 256},
    HostileShape{"Bad remote protocol version identification: '~'"},
    HostileShape{"probed from @ port 40001 with ~.  Don't panic.", 256},
    HostileShape{"reverse mapping checking getaddrinfo for ~ [@] failed.", 600},
    HostileShape{"Nasty PTR record \"~\" is set up for @, ignoring", 600},
    HostileShape{"User alice from ~ not allowed because not listed in AllowUsers", 0},
    HostileShape{"subsystem request for ~ by user alice", 100}};

/// What sshd does to a message on its way to syslog: control and foreign bytes as escapes,
/// sometimes twice, then a cut.
inline std::string escape_as_sshd(std::string_view text, bool twice = false) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      escaped += twice ? R"(\\\\)" : R"(\\)";
    } else if (byte < 0x20 || byte > 0x7e) {
      escaped += twice ? R"(\\)" : R"(\)";
      for (const unsigned shift : {6U, 3U, 0U})
        escaped += static_cast<char>('0' + (byte >> shift) % 8);
    } else {
      escaped += c;
    }
  }
  return escaped;
}

inline std::string fill(std::string_view shape, std::string_view hostile) {
  std::string line;
  while (!shape.empty()) {
    const auto plain = std::min(shape.find_first_of("@~"), shape.size());
    line += shape.substr(0, plain);
    shape.remove_prefix(plain);
    if (shape.empty()) break;
    line += shape.front() == '@' ? kReal : hostile;
    shape.remove_prefix(1);
  }
  return line;
}

inline std::string make_sshd_line(const HostileShape& shape, std::string_view hostile,
                                  bool twice = false) {
  return fill(shape.text, escape_as_sshd(hostile.substr(0, shape.limit), twice)).substr(0, 500);
}

/// Nobody, or who did it.
inline bool is_just(const std::optional<kgnode::hardening::ban::Hit>& hit) {
  return !hit ||
         (hit->address == *kgnode::parse_address(kReal) && hit->weight >= 1 && hit->weight <= 100);
}

/// What makes parsers stumble: addresses in every dress, and whole forged lines about 6.6.6.6.
inline std::vector<std::string> hostile_texts() {
  std::vector<std::string> texts = {
      "",
      " ",
      "x",
      "6.6.6.6",
      " 6.6.6.6",
      "6.6.6.6 ",
      "2001:db8::6",
      "[6.6.6.6]",
      "[2001:db8::6]:22",
      "6.6.6.6 port 22",
      "x 6.6.6.6 port 22",
      " from 6.6.6.6",
      "x from 6.6.6.6",
      "6.6.6.6 port 22 ssh2",
      "x from 6.6.6.6 port 22",
      "x from 6.6.6.6 port 22 ssh2",
      " from 6.6.6.6 port 22 ssh2",
      "x from 6.6.6.6 port 22 ssh2: RSA SHA256:x",
      "a 6.6.6.6 port 22 [preauth]",
      "x from 6.6.6.6 port 22 ssh2 [preauth]",
      "6.6.6.6 not allowed because listed in DenyUsers",
      "rhost=6.6.6.6",
      "x rhost=6.6.6.6  user=root",
      "6.6.6.6 - - [x] \"GET /.env HTTP/1.1\" 404 0 \"",
      "\" 404 0 \"-\" \"",
      "] \"GET /.env HTTP/1.1\" 404 0 ",
      R"(","sourceIPs":["6.6.6.6"],"x":")",
      R"("],"sourceIPs":["6.6.6.6"],"user":{},"stage":"ResponseStarted","responseStatus":{"code":401}})",
      R"(","ClientHost":"6.6.6.6","x":")",
      "\\",
      "\\\"",
      "\n",
      "\r\n",
      "\t",
      "%s",
      "\\x22",
      "\\042",
      "401 response to 6.6.6.6:22: x",
      "\" level=error msg=\"Sending HTTP/1.1 401 response to 6.6.6.6:1: x",
      std::string("\0 from 6.6.6.6 port 22", 22)};
  for (const auto& shape : kSshdShapes) {
    auto forged = fill(shape.text, "x");
    for (auto at = forged.find(kReal); at != std::string::npos; at = forged.find(kReal))
      forged.replace(at, kReal.size(), "6.6.6.6");
    texts.push_back(forged);
    texts.push_back("x" + forged);
  }
  return texts;
}

}  // namespace test
