#pragma once
/// The last offending lines, so that a ban can say what led to it. Bounded: in a flood the older
/// ones are gone, and the ban still holds.
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/net.hpp"

namespace kgnode::hardening::ban {

class RecentLines {
 public:
  static constexpr std::size_t kLines = 2048;
  static constexpr std::size_t kLineBytes = 400;
  static constexpr std::size_t kEvidence = 5;

  void add(const Address& from, std::string_view line);
  /// The last ones from this network, oldest first.
  std::vector<std::string> of(const Prefix& source) const;

 private:
  struct Line {
    Address from;
    std::string text;
  };
  std::deque<Line> lines_;
};

}  // namespace kgnode::hardening::ban
