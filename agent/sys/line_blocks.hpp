#pragma once
/// A file or standard input as blocks of whole lines, for what reads a day of logs at once.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {

class LineBlocks {
 public:
  static constexpr std::size_t kLineLimit = std::size_t{1} << 20;

  /// "-" is standard input.
  static Result<LineBlocks> open(const std::string& path);

  /// One line or more, each with its newline but for the last of all and one that was cut. As soon
  /// as there is one: what is written into a pipe does not wait for more. Valid until the next
  /// call; empty at the end.
  Result<std::string_view> next();
  /// Lines beyond kLineLimit so far: what is beyond was dropped.
  std::uint64_t cut() const { return cut_; }

 private:
  explicit LineBlocks(UniqueFd fd) : fd_(std::move(fd)), buffer_(kLineLimit) {}
  Result<> fill();
  void forget(std::size_t bytes);
  void drop_line_end();
  std::string_view give(std::size_t bytes);

  UniqueFd fd_;
  std::vector<char> buffer_;
  std::size_t given_ = 0;  // bytes of the block that next() gave last
  std::size_t size_ = 0;   // bytes in the buffer
  bool dropping_ = false;  // up to the next newline
  bool ended_ = false;
  std::uint64_t cut_ = 0;
};

}  // namespace kgnode::sys
