#pragma once
/// How large a datagram may be on the way to another node: asked for with padded ones, over and
/// over, because a path that swallows large packets looks healthy to small ones.
#include <chrono>
#include <cstddef>
#include <optional>

namespace kgnode::peers {

class PathProbe {
 public:
  using Mono = std::chrono::steady_clock::time_point;

  // With four that are lost it is told within 15 s.
  static constexpr std::chrono::seconds kEvery{8};
  static constexpr std::chrono::seconds kEveryNarrow{5};
  static constexpr std::chrono::seconds kAgain{1};  // when no answer came
  static constexpr unsigned kMostLost = 4;          // in a row: it is the path

  /// The size of the probe that is due, if one is. `full`: octets that our interface takes.
  std::optional<std::size_t> due(Mono now, std::size_t full);
  void answered(std::size_t size);
  /// Nothing can be told while the node is silent.
  void pause() { waiting_ = 0; }

  /// The largest that was answered; nullopt: none yet.
  std::optional<std::size_t> largest() const { return largest_; }
  /// What our interface takes does not get through.
  bool is_narrow() const { return is_narrow_; }

 private:
  std::size_t next_size(std::size_t full);

  Mono sent_;
  std::size_t full_ = 0;
  std::size_t waiting_ = 0;  // size of the one that waits for its answer; 0: none does
  unsigned lost_ = 0;        // in a row
  std::optional<std::size_t> largest_;
  bool is_narrow_ = false;
};

}  // namespace kgnode::peers
