/// An access log as ingress-nginx writes it under a flood: millions of sources that do little,
/// among them some who do exactly as much as leads to a ban, and some who do one less.
///
///   log-flood FILE RATE SECONDS SOURCES ROTATE KEEP STOP
///
/// RATE lines in a second, as far as this machine gets, for SECONDS or until the file STOP is
/// there. The log is renamed each ROTATE bytes, and of renamed ones KEEP stay. Prints how many
/// lines there were, how many in a second, and how many sources have earned a ban; as many others
/// did one offence less.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <format>
#include <fstream>
#include <print>
#include <string>
#include <thread>
#include <vector>

#include "agent/base/text.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{5};
constexpr std::chrono::seconds kGeneration{3};
// Of each kind in a generation. 9 probes and 5 errors weigh 50, which is the jail's threshold.
constexpr unsigned kEach = 5;
constexpr unsigned kProbes = 9;
constexpr unsigned kSteps = 14;

struct Plan {
  std::string path;
  std::uint64_t rate = 0;
  std::chrono::seconds length{0};
  std::uint32_t sources = 0;
  std::uint64_t rotate = 0;
  std::size_t keep = 0;
  std::string stop;
};

class Flood {
 public:
  explicit Flood(const Plan& plan) : plan_(plan) { open(); }

  int run() {
    const auto start = Clock::now();
    auto generation_start = start;
    while (Clock::now() - start < plan_.length && !std::filesystem::exists(plan_.stop)) {
      const auto passed = Clock::now() - start;
      const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(passed).count();
      fill(plan_.rate * static_cast<std::uint64_t>(milliseconds) / 1000);
      follow_generation(Clock::now() - generation_start);
      if (step_ == kSteps) generation_start = next_generation();
      if (!write()) return 1;
      std::this_thread::sleep_until(start + passed + kTick);
    }
    follow_generation(kGeneration);
    next_generation();
    // Whoever sees this one banned has read all before it.
    for (unsigned i = 0; i < 10; ++i) add("198.20.0.1", true);
    if (!write()) return 1;
    const std::chrono::duration<double> took = Clock::now() - start;
    std::println("{} {:.0f} {}", lines_, static_cast<double>(lines_) / took.count(),
                 generation_ * kEach);
    return 0;
  }

 private:
  void open() {
    file_ = std::ofstream(plan_.path, std::ios::binary | std::ios::app);
    written_ = 0;
  }

  /// Of the flood, up to this many lines in all; a tick late is made good by the next.
  void fill(std::uint64_t lines) {
    for (; flooded_ < lines; ++flooded_) {
      const auto source = flooded_ % plan_.sources;
      add(std::format("20.{}.{}.{}", source >> 16U, (source >> 8U) & 255U, source & 255U), false);
    }
  }

  void follow_generation(Clock::duration age) {
    for (; step_ < kSteps && age >= kGeneration * step_ / kSteps; ++step_) {
      const bool is_probe = step_ < kProbes;
      for (unsigned i = 0; i < kEach; ++i) {
        add(std::format("198.18.{}.{}", generation_, i), is_probe);
        if (step_ + 1 < kSteps) add(std::format("198.19.{}.{}", generation_, i), is_probe);
      }
    }
  }

  Clock::time_point next_generation() {
    step_ = 0;
    ++generation_;
    return Clock::now();
  }

  void add(std::string_view source, bool is_probe) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    if (now != stamped_) {
      stamped_ = now;
      before_ = std::format("{:%FT%T}.123456789Z stdout F ", now);
      after_ = std::format(" - - [{:%d/%b/%Y:%T} +0000] \"GET ", now);
    }
    pending_ += before_;
    pending_ += source;
    pending_ += after_;
    pending_ += is_probe ? "/.env" : "/nothing";
    pending_ +=
        " HTTP/1.1\" 404 146 \"-\" \"Mozilla/5.0\" 97 0.001 [default-web-80] [] 10.42.0.5:8080 146 "
        "0.001 404 5f1e2d3c4b5a69788796a5b4c3d2e1f0\n";
    ++lines_;
  }

  bool write() {
    file_.write(pending_.data(), static_cast<std::streamsize>(pending_.size()));
    if (!file_.flush()) {
      std::println(stderr, "log-flood: cannot write \"{}\"", plan_.path);
      return false;
    }
    written_ += pending_.size();
    pending_.clear();
    if (written_ >= plan_.rotate) rotate();
    return true;
  }

  void rotate() {
    rotated_.push_back(std::format("{}.{:05}", plan_.path, rotations_++));
    std::filesystem::rename(plan_.path, rotated_.back());
    open();
    if (rotated_.size() <= plan_.keep) return;
    std::filesystem::remove(rotated_.front());
    rotated_.erase(rotated_.begin());
  }

  const Plan& plan_;
  std::ofstream file_;
  std::string pending_;
  std::uint64_t written_ = 0;
  std::vector<std::string> rotated_;
  unsigned rotations_ = 0;
  std::uint64_t flooded_ = 0;
  std::uint64_t lines_ = 0;
  unsigned generation_ = 0;
  unsigned step_ = 0;
  std::chrono::sys_seconds stamped_;
  std::string before_;
  std::string after_;
};

template <class T>
T number(const char* text) {
  return kgnode::parse_int<T>(text).value_or(1);
}

}  // namespace

int main(int count, char** words) try {
  if (count != 8) {
    std::println(stderr, "usage: log-flood FILE RATE SECONDS SOURCES ROTATE KEEP STOP");
    return 64;
  }
  const Plan plan{.path = words[1],
                  .rate = number<std::uint64_t>(words[2]),
                  .length = std::chrono::seconds(number<int>(words[3])),
                  .sources = number<std::uint32_t>(words[4]),
                  .rotate = number<std::uint64_t>(words[5]),
                  .keep = number<std::size_t>(words[6]),
                  .stop = words[7]};
  return Flood(plan).run();
} catch (const std::exception& error) {
  std::println(stderr, "log-flood: {}", error.what());
  return 1;
}
