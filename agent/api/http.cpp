/// A request and a response as plain values.
#include "agent/api/http.hpp"

#include <format>

#include "agent/base/text.hpp"

namespace kgnode::api {
namespace {

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const auto byte = parse_int<unsigned>(text.substr(i + 1, 2), 16);
      if (!byte) return std::nullopt;
      c = static_cast<char>(*byte);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    decoded += c;
  }
  return decoded;
}

}  // namespace

Response make_error_response(const ApiError& error) {
  return {error.status,
          {{"error",
            {{"status", error.status},
             {"message", printable(error.message)},
             {"detail", error.detail}}}},
          {}};
}

std::optional<Target> parse_target(std::string_view target) {
  const auto mark = target.find('?');
  const auto path = percent_decode(target.substr(0, mark));
  if (!path) return std::nullopt;
  Target parsed{.path = *path};
  if (mark == std::string_view::npos || mark + 1 == target.size()) return parsed;
  for (const auto pair : split(target.substr(mark + 1), '&')) {
    const auto equals = pair.find('=');
    const auto key = percent_decode(pair.substr(0, equals));
    const auto value = percent_decode(equals == std::string_view::npos ? std::string_view{}
                                                                       : pair.substr(equals + 1));
    if (!key || !value || !parsed.query.emplace(*key, *value).second) return std::nullopt;
  }
  return parsed;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.contains(c)) {
      encoded += c;
    } else {
      encoded += std::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace kgnode::api
