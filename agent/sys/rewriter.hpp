#pragma once
/// Replaces what a pattern of ours matches, by RE2: linear in the text, whoever wrote it.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"

namespace re2 {
class RE2;
}

namespace kgnode::sys {

class Rewriter {
 public:
  /// `replacement`: \1 stands for the first group. It must not match again.
  static Result<Rewriter> compile(std::string_view pattern, std::string replacement);

  Rewriter(const Rewriter&) = delete;
  Rewriter& operator=(const Rewriter&) = delete;
  Rewriter(Rewriter&&) noexcept;
  Rewriter& operator=(Rewriter&&) noexcept;
  ~Rewriter();

  /// How many there were.
  std::size_t apply(std::string& text) const;

 private:
  Rewriter(std::unique_ptr<re2::RE2> program, std::string replacement);

  std::unique_ptr<re2::RE2> program_;
  std::string replacement_;
};

}  // namespace kgnode::sys
