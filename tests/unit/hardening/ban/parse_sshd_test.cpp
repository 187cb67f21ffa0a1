/// sshd's lines: who is named, and that nobody can have somebody else named.
#include <numeric>
#include <random>

#include "hardening/ban/lines.hpp"
#include "tests/support/ban_lines.hpp"
#include "tests/support/hostile.hpp"

using namespace kgnode::hardening::ban;

namespace {

constexpr std::string_view kPamFailure =
    "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
    "rhost=203.0.113.7  user=root";

unsigned weight_of(std::initializer_list<std::string_view> lines) {
  return std::accumulate(lines.begin(), lines.end(), 0U, [](unsigned sum, std::string_view line) {
    const auto hit = parse_sshd(line);
    return sum + (hit ? hit->weight : 0U);
  });
}

}  // namespace

TEST_CASE("sshd: every line of the corpus has its verdict") {
  const auto lines = test::read_ban_lines("sshd.lines");
  for (const auto& [verdict, line] : lines) {
    INFO(line);
    CHECK(test::to_verdict(parse_sshd(line)) == verdict);
  }
  CHECK(lines.size() > 120);
}

TEST_CASE("sshd: the lines of one attempt are counted once for the name and once for the guess") {
  CHECK(weight_of({kPamFailure, "Failed password for root from 203.0.113.7 port 1 ssh2",
                   "Received disconnect from 203.0.113.7 port 1:11: Bye Bye [preauth]",
                   "Disconnected from authenticating user root 203.0.113.7 port 1 [preauth]"}) ==
        2);
  CHECK(weight_of({"Invalid user x from 203.0.113.7 port 1",
                   "pam_unix(sshd:auth): check pass; user unknown", kPamFailure,
                   "Failed password for invalid user x from 203.0.113.7 port 1 ssh2",
                   "Connection closed by invalid user x 203.0.113.7 port 1 [preauth]"}) == 3);
  CHECK(
      weight_of({"Invalid user x from 203.0.113.7 port 1",
                 "error: PAM: Authentication failure for illegal user x from 203.0.113.7",
                 "Failed keyboard-interactive/pam for invalid user x from 203.0.113.7 port 1 ssh2",
                 "Connection closed by invalid user x 203.0.113.7 port 1 [preauth]"}) == 3);
}

TEST_CASE("sshd: who logs in with the third of their keys has done nothing") {
  CHECK(weight_of({"Connection from 203.0.113.7 port 40001 on 198.51.100.1 port 22",
                   "Failed publickey for ops from 203.0.113.7 port 40001 ssh2: RSA SHA256:x",
                   "Failed publickey for ops from 203.0.113.7 port 40001 ssh2: ECDSA SHA256:y",
                   "Accepted key ED25519 SHA256:z found at /etc/x:1",
                   "Accepted publickey for ops from 203.0.113.7 port 40001 ssh2: ED25519 SHA256:z",
                   "Received disconnect from 203.0.113.7 port 40001:11: disconnected by user",
                   "Disconnected from user ops 203.0.113.7 port 40001"}) == 0);
}

TEST_CASE("sshd: no user name, key, banner or reason makes a line name another than its source") {
  const auto texts = test::hostile_texts();
  std::size_t start = 0;
  for (const auto& shape : test::kSshdShapes) {
    for (const auto& text : texts) {
      // Control bytes grow to four or five: with so many of them the cut falls at every place.
      start = (start + 1) % 12;
      for (std::size_t pad = start; pad <= 200; pad += 12) {
        const auto line = test::make_sshd_line(shape, std::string(pad, '\1') + text, pad % 5 < 2);
        if (test::is_just(parse_sshd(line))) continue;
        FAIL(line);
      }
    }
  }
}

TEST_CASE("sshd: neither does any mixture of words") {
  const std::vector<std::string> words = {" ",
                                          "from",
                                          "for",
                                          "port",
                                          "22",
                                          "ssh2",
                                          "user",
                                          "invalid",
                                          "6.6.6.6",
                                          "203.0.113.8",
                                          "2001:db8::6",
                                          "[preauth]",
                                          ": ",
                                          "Failed password for",
                                          "Connection closed by",
                                          "[",
                                          "]",
                                          "by",
                                          "x",
                                          "\1\1\1\1\1\1\1\1",
                                          "not allowed because",
                                          "authenticating user",
                                          "#1",
                                          "on"};
  std::mt19937 random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same on every run
  for (int round = 0; round < 30'000; ++round) {
    std::string text;
    for (auto left = random() % 24; left > 0; --left) {
      text += words[random() % words.size()];
      if (random() % 2 == 0) text += ' ';
    }
    const auto& shape = test::kSshdShapes[random() % test::kSshdShapes.size()];
    const auto line = test::make_sshd_line(shape, text, random() % 2 == 0);
    if (test::is_just(parse_sshd(line))) continue;
    FAIL(line);
  }
}
