/// Pages back to the kernel.
#include "agent/sys/memory.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <bit>
#include <cstdint>
#include <string_view>

#include "agent/base/text.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::sys {
namespace {

/// "55d0-55f0 r-xp 00000000 fe:00 123 /usr/bin/kgnode": only code of files, which is never written
/// to. Data, and what the linker has filled in, would be lost.
void give_back(std::string_view mapping) {
  const auto words = split_words(mapping);
  if (words.size() < 6 || words[1] != "r-xp" || !words[5].starts_with('/')) return;
  const auto ends = split(words[0], '-');
  const auto begin = parse_int<std::uintptr_t>(ends.front(), 16);
  const auto end = parse_int<std::uintptr_t>(ends.back(), 16);
  if (!begin || !end || *end <= *begin) return;
  // What the kernel does not let go stays.
  (void)::madvise(std::bit_cast<void*>(*begin), *end - *begin, MADV_DONTNEED);
}

}  // namespace

Result<> give_back_memory() {
  RealFiles files;
  const auto maps = TRY(files.read("/proc/self/maps", Files::kReadLimit)).value_or("");
  for (const auto mapping : split(maps, '\n')) give_back(mapping);
  (void)::malloc_trim(0);  // whether there was any
  return {};
}

}  // namespace kgnode::sys
