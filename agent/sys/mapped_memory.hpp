#pragma once
/// Pages of files that a library has mapped into this process and does not give back by itself.
#include <cstddef>
#include <string_view>

namespace kgnode::sys {

/// Bytes of mapped files that are resident in this process. Two microseconds.
std::size_t resident_file_memory();

/// Takes all pages of shared read-only mappings of files named `*suffix` out of the resident set;
/// tells how many mappings there are. The pages stay in the page cache and come back when they are
/// touched. A tenth of a millisecond.
std::size_t release_mapped_pages(std::string_view suffix);

}  // namespace kgnode::sys
