/// tar.
#include "agent/support/archive.hpp"

#include <algorithm>
#include <cstdint>
#include <format>
#include <numeric>

#include "agent/base/text.hpp"

namespace kgnode::support {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kNameSize = 100;

/// One header: pax(1), "ustar Interchange Format". Numbers are octal with a NUL behind them.
Result<std::string> make_header(const std::string& name, std::size_t size, std::int64_t seconds) {
  if (name.size() > kNameSize)
    return fail(Error::plain(std::format("{} is too long a name for an archive", quote(name))));
  std::string block(kBlock, '\0');
  const auto put = [&block](std::size_t at, std::string_view text) {
    std::ranges::copy(text, block.begin() + static_cast<std::ptrdiff_t>(at));
  };
  put(0, name);
  put(100, "0000600");
  put(108, "0000000");
  put(116, "0000000");
  put(124, std::format("{:011o}", size));
  put(136, std::format("{:011o}", std::max<std::int64_t>(seconds, 0)));
  put(148, "        ");  // the sum is made with blanks in its own place
  put(156, "0");         // a plain file
  put(257, "ustar");
  put(263, "00");
  const auto sum = std::accumulate(block.begin(), block.end(), 0U, [](unsigned before, char c) {
    return before + static_cast<unsigned char>(c);
  });
  put(148, std::format("{:06o}", sum) + '\0');
  return block;
}

}  // namespace

Result<std::string> make_tar(const std::string& folder, const std::vector<Entry>& entries,
                             std::chrono::system_clock::time_point made) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(made.time_since_epoch()).count();
  std::string tar;
  for (const auto& entry : entries) {
    tar += TRY(make_header(folder + "/" + entry.name, entry.text.size(), seconds));
    tar += entry.text;
    tar.resize((tar.size() + kBlock - 1) / kBlock * kBlock, '\0');
  }
  tar.resize(tar.size() + 2 * kBlock, '\0');
  return tar;
}

bool keep_end(std::string& text, std::size_t limit) {
  if (text.size() <= limit) return false;
  const auto cut = text.size() - limit;
  const auto line = text.find('\n', cut);
  text.erase(0, line == std::string::npos || line + 1 == text.size() ? cut : line + 1);
  return true;
}

bool keep_begin(std::string& text, std::size_t limit) {
  if (text.size() <= limit) return false;
  const auto line = text.rfind('\n', limit - 1);
  text.resize(line == std::string::npos ? limit : line + 1);
  return true;
}

}  // namespace kgnode::support
