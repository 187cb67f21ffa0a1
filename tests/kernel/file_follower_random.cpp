/// The file follower against a model: writers, rotation, truncation, crashes, in any order.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <format>
#include <random>
#include <set>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/sys/real_file_follower.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode::sys;
namespace fs = std::filesystem;

namespace {

constexpr int kSteps = 4000;
constexpr int kOldFiles = 5;
constexpr int kPaths = 3;

/// One log as its writer sees it.
struct Log {
  std::string path;
  kgnode::UniqueFd file;
  int next_line = 0;
  int unfinished = 0;           // bytes of the next line that were written
  bool reopen_due = false;      // it was renamed, the writer has not noticed
  std::vector<int> in_current;  // lines in the file the writer has open
  std::set<int> may_be_lost;    // were cut off before a checkpoint covered them
};

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    for (int i = 0; i < kPaths; ++i) {
      auto& log = logs_.emplace_back();
      fs::create_directories(folder_ / std::format("pod-{}", i));
      log.path = folder_ / std::format("pod-{}/0.log", i);
      reopen(log);
    }
    settle();
  }

  void step() {
    auto& log = logs_[pick(kPaths)];
    switch (pick(20)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return write_lines(log, pick(6));
      case 4:
        return write_part(log);
      case 5:
        return pick(20) == 0 ? write_too_long(log) : write_lines(log, 100);
      case 6:
        return rename_away(log);
      case 7:
        return pick(3) == 0 ? cut_off(log) : notice_rename(log);
      case 8:
      case 9:
        return notice_rename(log);
      case 10:
        return checkpoint();
      case 11:
        return pick(4) == 0 ? crash() : start();
      case 12:
      case 13:
        return start();
      default:
        return poll(1 + pick(60));
    }
  }

  /// All of it is read, then every line was given exactly once and in order.
  void check_end() {
    start();
    while (follower_->fd() >= 0 && poll_once(1000)) {
    }
    for (auto& log : logs_) check(log);
    INFO("lines " << logs_[0].next_line << ", gaps " << follower_->counters().gaps);
    CHECK(follower_->counters().unreadable == 0);
    CHECK(follower_->counters().left_out == 0);
  }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }

  static std::string text_of(const Log& log, int number) {
    return std::format("{} line {} of {}", 1'700'000'000 + number, number,
                       fs::path(log.path).parent_path().filename().string());
  }

  /// Each change has a time of its own, as between rotations in real life.
  void stamp(const kgnode::UniqueFd& file) {
    const timespec now{.tv_sec = 1'700'000'000 + ++time_, .tv_nsec = 0};
    const std::array times{now, now};
    REQUIRE(::futimens(file.get(), times.data()) == 0);
  }

  void put(Log& log, std::string_view text) {
    REQUIRE(::write(log.file.get(), text.data(), text.size()) == std::ssize(text));
    stamp(log.file);
  }

  void reopen(Log& log) {
    log.file.reset(::open(log.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    REQUIRE(log.file);
    log.in_current.clear();
    log.reopen_due = false;
    stamp(log.file);
  }

  void finish_line(Log& log) {
    const auto text = text_of(log, log.next_line) + "\n";
    put(log,
        std::string_view(text).substr(static_cast<std::size_t>(std::exchange(log.unfinished, 0))));
    log.in_current.push_back(log.next_line++);
  }

  void write_lines(Log& log, std::size_t count) {
    for (std::size_t i = 0; i <= count; ++i) finish_line(log);
  }

  void write_part(Log& log) {
    const auto text = text_of(log, log.next_line);
    const auto from = static_cast<std::size_t>(log.unfinished);
    const auto size = pick(text.size() - from + 1);
    put(log, std::string_view(text).substr(from, size));
    log.unfinished += static_cast<int>(size);
  }

  void write_too_long(Log& log) {
    if (log.unfinished == 0)
      put(log, std::string(FileFollower::kLineLimit + 1 + pick(200'000), 'x') + "\n");
  }

  void rename_away(Log& log) {
    if (log.reopen_due) notice_rename(log);
    // The oldest goes when a later one was read as well, as it does after days.
    const auto oldest = std::format("{}.{}", log.path, kOldFiles);
    if (fs::exists(oldest)) {
      settle();
      fs::remove(oldest);
    }
    for (int i = kOldFiles; i > 1; --i) {
      const auto from = std::format("{}.{}", log.path, i - 1);
      if (fs::exists(from)) fs::rename(from, std::format("{}.{}", log.path, i));
    }
    if (fs::exists(log.path)) fs::rename(log.path, log.path + ".1");
    log.reopen_due = true;
  }

  void notice_rename(Log& log) {
    if (!log.reopen_due) return;
    if (log.unfinished > 0) finish_line(log);
    reopen(log);
  }

  /// What no checkpoint knows of is gone with it; what a poll has given may come only once.
  void cut_off(Log& log) {
    if (log.reopen_due || log.unfinished > 0) return;
    const auto& read = safe_[log.path];
    for (const int number : log.in_current) {
      if (read.empty() || number > read.back()) log.may_be_lost.insert(number);
    }
    log.in_current.clear();
    REQUIRE(::ftruncate(log.file.get(), 0) == 0);
    stamp(log.file);
  }

  void start() {
    if (follower_) return;
    const std::vector<std::string> patterns{folder_ / "pod-*/*.log"};
    auto opened = RealFileFollower::open(patterns, saved_);
    REQUIRE(opened);
    follower_.emplace(*std::move(opened));
  }

  bool poll_once(std::size_t limit) {
    const auto batch = follower_->poll(limit);
    REQUIRE(batch);
    for (const auto& line : batch->lines) {
      const auto number = kgnode::parse_int<int>(kgnode::split(line.text, ' ').at(2));
      INFO(line.text.substr(0, 200));
      REQUIRE(number);
      given_[std::string(line.path)].push_back(*number);
    }
    return batch->more;
  }

  void poll(std::size_t limit) {
    if (follower_) (void)poll_once(limit);
  }

  /// As the engine does: positions and what follows from the lines are saved together.
  void checkpoint() {
    if (!follower_) return;
    saved_ = follower_->positions();
    safe_ = given_;
  }

  void crash() {
    follower_.reset();
    given_ = safe_;
  }

  void settle() {
    start();
    while (poll_once(1000)) {
    }
    checkpoint();
  }

  void check(const Log& log) {
    std::vector<int> want;
    const auto& got = given_[log.path];
    const std::set<int> present(got.begin(), got.end());
    for (int number = 0; number < log.next_line; ++number) {
      if (!log.may_be_lost.contains(number) || present.contains(number)) want.push_back(number);
    }
    const auto [a, b] = std::ranges::mismatch(got, want);
    INFO(log.path << ": got " << (a == got.end() ? -1 : *a) << ", want "
                  << (b == want.end() ? -1 : *b) << ", " << a - got.begin() << " are right");
    REQUIRE((a == got.end() && b == want.end()));
  }

  test::TempDir folder_;
  std::mt19937 random_;
  std::vector<Log> logs_;
  std::optional<RealFileFollower> follower_;
  std::vector<FilePosition> saved_;
  std::map<std::string, std::vector<int>> given_;  // by path
  std::map<std::string, std::vector<int>> safe_;   // given_ at the last checkpoint
  long time_ = 0;
};

}  // namespace

TEST_CASE("file follower: random writers, rotation, truncation and crashes lose and repeat nothing",
          "[kernel]") {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here writes the environment
  const unsigned rounds = std::getenv("KGNODE_LONG") == nullptr ? 10 : 200;
  for (unsigned seed = 1; seed <= rounds; ++seed) {
    INFO("seed " << seed);
    World world(seed);
    for (int i = 0; i < kSteps; ++i) world.step();
    world.check_end();
  }
}
