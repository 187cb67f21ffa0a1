#pragma once
/// gzip by zlib; what is unpacked has a limit.
#include <cstddef>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"

namespace kgnode::sys {

bool is_gzip(std::string_view bytes);
/// The same bytes for the same text, whenever it is made.
Result<std::string> gzip(std::string_view text);
/// One gzip member. More than `limit` bytes, a cut or damaged stream and trailing bytes are errors.
Result<std::string> gunzip(std::string_view bytes, std::size_t limit);

}  // namespace kgnode::sys
