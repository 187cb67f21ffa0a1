/// Pages of files that a library has mapped into this process.
#include "agent/sys/mapped_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {
namespace {

constexpr std::string_view kDeleted = " (deleted)";

// "7f0c1000-7f0c9000 r--s 00000000 00:2c 13    /run/log/journal/…/system.journal", proc(5).
bool release_line(std::string_view line, std::string_view suffix) {
  if (line.ends_with(kDeleted)) line.remove_suffix(kDeleted.size());
  if (!line.ends_with(suffix)) return false;
  const auto words = split_words(line);
  if (words.size() < 6 || words[1] != "r--s") return false;
  const auto ends = split(words[0], '-');
  const auto from = parse_int<std::uintptr_t>(ends.front(), 16);
  const auto to = parse_int<std::uintptr_t>(ends.back(), 16);
  if (!from || !to || *from >= *to) return false;
  // A shared mapping of a file loses nothing by it.
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address is what the kernel has given us as text
  auto* const start = reinterpret_cast<void*>(*from);
  return ::madvise(start, *to - *from, MADV_DONTNEED) == 0;
}

}  // namespace

std::size_t resident_file_memory() {
  const UniqueFd fd(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  std::array<char, 256> bytes{};
  const auto size = ::read(fd.get(), bytes.data(), bytes.size());
  const auto words = split_words({bytes.data(), size < 0 ? 0 : static_cast<std::size_t>(size)});
  const auto pages = words.size() < 3 ? std::nullopt : parse_int<std::size_t>(words[2]);
  return pages.value_or(0) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t release_mapped_pages(std::string_view suffix) {
  std::size_t mappings = 0;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) mappings += release_line(line, suffix) ? 1 : 0;
  return mappings;
}

}  // namespace kgnode::sys
