/// Makes what sshd and its neighbours write while 5000 sources guess names and passwords.
#include "tests/bench/ban_log.hpp"

#include <array>
#include <format>
#include <fstream>
#include <random>
#include <vector>

namespace bench {
namespace {

using Random = std::mt19937;

/// What one connection writes. About a third of sshd's lines are offences, as on a node without
/// keys.
std::vector<std::string> session(Random& random, const std::string& source) {
  static constexpr std::array kUsers = {"admin", "test", "ubuntu", "oracle", "git", "postgres"};
  const std::string user = kUsers[random() % kUsers.size()];
  const auto peer = std::format("{} port {}", source, 1024 + random() % 60'000);
  const auto pam =
      "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh "
      "ruser= rhost=" +
      source;
  const auto bye = std::format("Received disconnect from {}:11: Bye Bye [preauth]", peer);
  const auto kind = random() % 20;
  if (kind < 9) {
    return {std::format("Invalid user {} from {}", user, peer),
            "pam_unix(sshd:auth): check pass; user unknown",
            pam,
            std::format("Failed password for invalid user {} from {} ssh2", user, peer),
            bye,
            std::format("Disconnected from invalid user {} {} [preauth]", user, peer)};
  }
  if (kind < 16) {
    return {pam + "  user=root", std::format("Failed password for root from {} ssh2", peer), bye,
            std::format("Disconnected from authenticating user root {} [preauth]", peer)};
  }
  if (kind < 19) return {std::format("Connection closed by {} [preauth]", peer)};
  return {std::format("Accepted publickey for ops from {} ssh2: ED25519 SHA256:x", peer),
          "pam_unix(sshd:session): session opened for user ops(uid=1000) by ops(uid=0)",
          std::format("Disconnected from user ops {}", peer)};
}

std::string noise(Random& random) {
  const auto number = random() % 100'000;
  switch (random() % 4) {
    case 0:
      return std::format(
          "CRON[{}]: pam_unix(cron:session): session opened for user root(uid=0) by root(uid=0)",
          number);
    case 1:
      return std::format("systemd[1]: Started session-{}.scope - Session {} of User ops.", number,
                         number);
    case 2:
      return std::format(
          "k3s[801]: I1122 10:00:00.{:06}     801 reconciler.go:224] \"operationExecutor started\"",
          number);
    default:
      return std::format("kernel: [{}.000001] veth{:x}: entered promiscuous mode", number, number);
  }
}

}  // namespace

bool write_log(int lines, const std::string& path) {
  Random random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same on every run
  std::ofstream log(path);
  int written = 0;
  const auto write = [&](const std::string& text) {
    const int second = written / 15;
    if (written++ < lines) {
      log << std::format("Nov 22 {:02}:{:02}:{:02} node-1 {}\n", second / 3600 % 24,
                         second / 60 % 60, second % 60, text);
    }
  };
  while (written < lines) {
    const auto n = random() % 5000;
    const auto source = n % 10 == 0 ? std::format("2001:db8:{:x}::{:x}", n, n)
                                    : std::format("198.18.{}.{}", n / 250, n % 250);
    const auto pid = 300 + random() % 4'000'000;
    for (const auto& message : session(random, source))
      write(std::format("sshd-session[{}]: {}", pid, message));
    if (random() % 4 != 0) write(noise(random));
  }
  return static_cast<bool>(log.flush());
}

}  // namespace bench
