/// Multi-part MIME user data.
#include "agent/firstboot/parse_mime.hpp"

#include <array>
#include <format>
#include <map>
#include <optional>

#include "agent/base/text.hpp"
#include "agent/firstboot/decode.hpp"

namespace kgnode::firstboot {
namespace {

constexpr std::size_t kDepthMax = 3;
constexpr std::size_t kPartsMax = 64;
constexpr std::size_t kBoundaryMax = 70;  // RFC 2046 §5.1.1

using Headers = std::map<std::string, std::string, std::less<>>;

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Header fields up to the empty line; `text` is left at the body.
Result<Headers> take_headers(std::string_view& text) {
  Headers headers;
  std::string* last = nullptr;
  while (!text.empty()) {
    const auto line = take_line(text);
    if (line.empty()) return headers;
    if (line.front() == ' ' || line.front() == '\t') {
      if (last == nullptr) return fail(Error::plain("a header field begins with a blank"));
      last->append(" ").append(trim(line));
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
      return fail(Error::plain(std::format("{} is not a header field", quote(line.substr(0, 40)))));
    last = &headers[to_lower(line.substr(0, colon))];
    *last = trim(line.substr(colon + 1));
  }
  return headers;
}

std::string value_of(const Headers& headers, std::string_view name) {
  const auto it = headers.find(name);
  return it == headers.end() ? std::string() : it->second;
}

/// `boundary` of: multipart/mixed; boundary="=="; charset=us-ascii
std::string parameter(std::string_view field, std::string_view name) {
  while (true) {
    const auto semicolon = field.find(';');
    if (semicolon == std::string_view::npos) return {};
    field = trim(field.substr(semicolon + 1));
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) return {};
    const bool wanted = to_lower(trim(field.substr(0, equals))) == name;
    field = trim(field.substr(equals + 1));
    std::string_view value;
    if (field.starts_with('"')) {
      const auto end = field.find('"', 1);
      if (end == std::string_view::npos) return {};
      value = field.substr(1, end - 1);
      field.remove_prefix(end + 1);
    } else {
      value = trim(field.substr(0, field.find(';')));
    }
    if (wanted) return std::string(value);
  }
}

std::string media_type(const Headers& headers) {
  const auto field = value_of(headers, "content-type");
  const auto type = to_lower(trim(std::string_view(field).substr(0, field.find(';'))));
  return type.empty() ? "text/plain" : type;
}

Result<std::string> decode_body(const Headers& headers, std::string_view body) {
  const auto encoding = to_lower(trim(value_of(headers, "content-transfer-encoding")));
  if (encoding.empty() || encoding == "7bit" || encoding == "8bit" || encoding == "binary")
    return std::string(body);
  std::optional<std::string> decoded;
  if (encoding == "base64") {
    decoded = decode_base64(body);
  } else if (encoding == "quoted-printable") {
    decoded = decode_quoted_printable(body);
  } else {
    return fail(
        Error::plain(std::format("transfer encoding {} is unknown: use base64", quote(encoding))));
  }
  if (!decoded) return fail(Error::plain(std::format("a part is not valid {}", encoding)));
  return *std::move(decoded);
}

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool is_line(std::string_view line, std::string_view wanted) {
  return line.starts_with(wanted) && trim(line.substr(wanted.size())).empty();
}

/// The texts between the boundary lines. The line end before a boundary belongs to the boundary.
Result<std::vector<std::string_view>> cut_parts(std::string_view body,
                                                const std::string& boundary) {
  const std::string open = "--" + boundary;
  std::vector<std::string_view> parts;
  std::optional<std::size_t> start;
  auto rest = body;
  while (!rest.empty()) {
    const auto at = body.size() - rest.size();
    const auto line = take_line(rest);
    const bool last = is_line(line, open + "--");
    if (!last && !is_line(line, open)) continue;
    if (start) parts.push_back(without_line_end(body.substr(*start, at - *start)));
    if (last) return parts;
    if (parts.size() >= kPartsMax) break;
    start = body.size() - rest.size();
  }
  return fail(Error::plain(
      std::format("the last boundary is missing, or there are more than {} parts", kPartsMax)));
}

Result<> add_leaf(const Headers& headers, std::string_view body, std::vector<MimePart>& leaves) {
  if (leaves.size() >= kPartsMax)
    return fail(Error::plain(std::format("more than {} parts", kPartsMax)));
  leaves.push_back({.type = media_type(headers),
                    .filename = parameter(value_of(headers, "content-disposition"), "filename"),
                    .body = TRY(decode_body(headers, body))});
  return {};
}

Result<> collect(std::string_view text, std::size_t depth, std::vector<MimePart>& leaves) {
  const auto headers = TRY(take_headers(text));
  if (!media_type(headers).starts_with("multipart/")) return add_leaf(headers, text, leaves);
  if (depth == kDepthMax)
    return fail(Error::plain(std::format("more than {} levels of multi-parts", kDepthMax)));
  const auto boundary = parameter(value_of(headers, "content-type"), "boundary");
  if (boundary.empty() || boundary.size() > kBoundaryMax)
    return fail(Error::plain("a multi-part has no boundary, or one longer than 70 characters"));
  const auto parts = TRY(cut_parts(text, boundary));
  for (const auto part : parts) {
    auto done = collect(part, depth + 1, leaves);
    if (!done) return done;
  }
  return {};
}

}  // namespace

bool is_mime(std::string_view text) {
  static constexpr std::array<std::string_view, 2> kFields{"content-type:", "mime-version:"};
  const auto start = to_lower(text.substr(0, 16));
  return start.starts_with(kFields[0]) || start.starts_with(kFields[1]);
}

Result<std::vector<MimePart>> parse_mime(std::string_view text) {
  std::vector<MimePart> leaves;
  TRY(collect(text, 0, leaves));
  return leaves;
}

}  // namespace kgnode::firstboot
