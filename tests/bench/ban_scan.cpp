/// A million lines of sshd under attack through `kgnode ban scan`, in CPU seconds of the whole
/// process. Prints "name value unit" lines. The program is build/kgnode, or the first argument.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <format>
#include <fstream>
#include <print>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr int kLines = 1'000'000;
constexpr int kRounds = 5;

using Random = std::mt19937;

/// What one connection writes. About a third of all lines are offences, as on a node without keys.
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

void write_log(const std::string& path) {
  Random random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same on every run
  std::ofstream log(path);
  for (int written = 0; written < kLines;) {
    const auto n = random() % 5000;
    const auto source = n % 10 == 0 ? std::format("2001:db8:{:x}::{:x}", n, n)
                                    : std::format("198.18.{}.{}", n / 250, n % 250);
    const auto pid = 300 + random() % 4'000'000;
    for (const auto& message : session(random, source)) {
      if (written++ == kLines) return;
      const int second = written / 15;
      log << std::format("Nov 22 {:02}:{:02}:{:02} node-1 sshd-session[{}]: {}\n",
                         second / 3600 % 24, second / 60 % 60, second % 60, pid, message);
    }
  }
}

/// CPU seconds of the child, negative when it failed.
double scan_seconds(const std::string& kgnode, const std::string& path) {
  std::vector<std::string> words = {kgnode, "ban", "scan", path};
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  int status = 0;
  rusage used{};
  const bool started =
      ::posix_spawn(&pid, kgnode.c_str(), &actions, nullptr, argv.data(), environ) == 0;
  ::posix_spawn_file_actions_destroy(&actions);
  if (!started || ::wait4(pid, &status, 0, &used) != pid || status != 0) return -1;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string kgnode = argc > 1 ? argv[1] : "build/kgnode";
  const std::string path = std::format("/tmp/bench-ban-scan-{}", ::getpid());
  write_log(path);
  std::vector<double> times;
  times.reserve(kRounds);
  for (int round = 0; round < kRounds; ++round) times.push_back(scan_seconds(kgnode, path));
  ::unlink(path.c_str());
  std::ranges::sort(times);
  if (times.front() < 0) {
    std::println(stderr, "bench-ban_scan: {} ban scan failed", kgnode);
    return 1;
  }
  std::println("ban_scan_lines_per_cpu_second {:.2f} M", kLines / times[kRounds / 2] / 1e6);
  return 0;
}
