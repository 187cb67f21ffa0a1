#pragma once
/// Many patterns of ours at once on one line: RE2, whose time is linear in the line.
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::sys {

class Patterns {
 public:
  struct Match {
    std::size_t pattern = 0;  // its place in the list
    std::size_t start = 0;    // where in the line it begins
    bool operator==(const Match&) const = default;
  };

  /// An Error names the pattern that is none.
  static Result<Patterns> compile(std::span<const std::string> patterns);

  Patterns(Patterns&&) noexcept;
  Patterns& operator=(Patterns&&) noexcept;
  Patterns(const Patterns&) = delete;
  Patterns& operator=(const Patterns&) = delete;
  ~Patterns();

  /// Those that the line has, in the order of the list.
  std::vector<Match> find(std::string_view line) const;

 private:
  struct Parts;
  explicit Patterns(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace kgnode::sys
