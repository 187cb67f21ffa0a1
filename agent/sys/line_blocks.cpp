/// A file or standard input as blocks of whole lines.
#include "agent/sys/line_blocks.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

// Small enough to be still in the cache when it is looked at.
constexpr std::size_t kChunk = std::size_t{128} << 10U;

}  // namespace

Result<LineBlocks> LineBlocks::open(const std::string& path) {
  const bool standard_input = path == "-";
  UniqueFd fd(standard_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                             : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd)
    return fail(Error::from_errno("open " + (standard_input ? "standard input" : quote(path))));
  return LineBlocks(std::move(fd));
}

Result<> LineBlocks::fill() {
  const std::size_t room = std::min(kChunk, buffer_.size() - size_);
  ssize_t read = -1;
  do {
    read = ::read(fd_.get(), buffer_.data() + size_, room);
  } while (read < 0 && errno == EINTR);
  if (read < 0) return fail(Error::from_errno("read"));
  size_ += static_cast<std::size_t>(read);
  ended_ = read == 0;
  return {};
}

void LineBlocks::forget(std::size_t bytes) {
  std::memmove(buffer_.data(), buffer_.data() + bytes, size_ - bytes);
  size_ -= bytes;
}

// The rest of a line that was cut, as far as it has come.
void LineBlocks::drop_line_end() {
  const std::string_view held(buffer_.data(), size_);
  const auto end = held.find('\n');
  dropping_ = end == std::string_view::npos;
  forget(dropping_ ? size_ : end + 1);
}

std::string_view LineBlocks::give(std::size_t bytes) {
  given_ = bytes;
  return {buffer_.data(), bytes};
}

Result<std::string_view> LineBlocks::next() {
  forget(std::exchange(given_, 0));
  while (!ended_ && size_ < buffer_.size()) {
    TRY(fill());
    if (dropping_) drop_line_end();
    const auto last = std::string_view(buffer_.data(), size_).rfind('\n');
    if (last != std::string_view::npos) return give(last + 1);
  }
  dropping_ = !ended_;
  cut_ += dropping_ ? 1 : 0;
  return give(size_);
}

}  // namespace kgnode::sys
