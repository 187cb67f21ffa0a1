#pragma once
/// Transfer encodings of user data: base64 and quoted-printable. Pure.
#include <optional>
#include <string>
#include <string_view>

namespace kgnode::firstboot {

/// Blanks and line ends are skipped, padding may be missing; nullopt: any other foreign byte.
std::optional<std::string> decode_base64(std::string_view text);
/// RFC 2045 §6.7; nullopt: a broken escape.
std::optional<std::string> decode_quoted_printable(std::string_view text);

}  // namespace kgnode::firstboot
