#pragma once
/// A pattern that an operator wrote, for lines that attackers wrote: RE2, whose time is linear in
/// the line whatever the pattern, and whose memory is bounded.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"

namespace re2 {
class RE2;
}

namespace kgnode::sys {

class Regex {
 public:
  static constexpr std::size_t kPatternLimit = 2048;
  static constexpr std::size_t kLineLimit = 8192;

  /// Refuses what is no RE2 syntax and what does not have the one named group "addr".
  static Result<Regex> compile(std::string_view pattern);

  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  /// What the group `addr` took of the first match; a line beyond kLineLimit has none.
  std::optional<std::string_view> address(std::string_view line) const;

 private:
  Regex(std::unique_ptr<re2::RE2> program, std::size_t group);

  std::unique_ptr<re2::RE2> program_;
  std::size_t group_;
};

}  // namespace kgnode::sys
