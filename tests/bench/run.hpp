#pragma once
/// A child process of a benchmark.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace bench {

/// Its wait status; -1: it did not start.
inline int run(std::vector<std::string> argv) {
  std::vector<char*> words;
  for (auto& word : argv) words.push_back(word.data());
  words.push_back(nullptr);
  pid_t pid = 0;
  int status = 0;
  if (::posix_spawnp(&pid, words[0], nullptr, nullptr, words.data(), environ) != 0) return -1;
  return ::waitpid(pid, &status, 0) == pid ? status : -1;
}

}  // namespace bench
