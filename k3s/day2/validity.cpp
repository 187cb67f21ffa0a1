/// The dates of a certificate, out of its DER (RFC 5280 section 4.1, X.690 section 8.1).
#include "k3s/day2/validity.hpp"

#include <array>
#include <cstdint>

#include "agent/base/text.hpp"
#include "agent/sys/base64.hpp"

namespace kgnode::k3s {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

enum Tag : std::uint8_t {
  kInteger = 0x02,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kSequence = 0x30,
  kVersion = 0xa0  // explicit [0]
};

struct Element {
  std::uint8_t tag = 0;
  std::string_view content;
};

/// Takes the first element off; nullopt: what is there is none, or longer than what is there.
std::optional<Element> take(std::string_view& rest) {
  const auto byte = [&rest](std::size_t at) { return static_cast<std::uint8_t>(rest[at]); };
  if (rest.size() < 2) return std::nullopt;
  const auto tag = byte(0);
  std::size_t length = byte(1);
  std::size_t head = 2;
  if (length >= 0x80) {
    const std::size_t digits = length - 0x80;
    if (digits == 0 || digits > 4 || rest.size() < head + digits) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < digits; ++i) length = length << 8 | byte(head + i);
    head += digits;
  }
  if (rest.size() - head < length) return std::nullopt;
  const Element element{.tag = tag, .content = rest.substr(head, length)};
  rest.remove_prefix(head + length);
  return element;
}

/// The content of the first element, when it has this tag.
std::optional<std::string_view> take(std::string_view& rest, std::uint8_t tag) {
  const auto element = take(rest);
  if (!element || element->tag != tag) return std::nullopt;
  return element->content;
}

std::optional<std::chrono::sys_seconds> parse_time(const std::optional<Element>& element) {
  if (!element) return std::nullopt;
  auto text = element->content;
  const std::size_t digits = element->tag == kUtcTime ? 2 : 4;
  if (element->tag != kUtcTime && element->tag != kGeneralizedTime) return std::nullopt;
  if (text.size() != digits + 11 || text.back() != 'Z') return std::nullopt;
  auto year = parse_int<unsigned>(text.substr(0, digits));
  if (!year) return std::nullopt;
  // RFC 5280 section 4.1.2.5.1: two digits are of 1950 to 2049.
  if (digits == 2) *year += *year < 50 ? 2000 : 1900;
  text.remove_prefix(digits);
  std::array<unsigned, 5> parts{};  // month, day, hour, minute, second
  for (auto& part : parts) {
    const auto value = parse_int<unsigned>(text.substr(0, 2));
    if (!value) return std::nullopt;
    part = *value;
    text.remove_prefix(2);
  }
  const auto [month, day, hour, minute, second] = parts;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

std::optional<Validity> parse_der(std::string_view der) {
  const auto certificate = take(der, kSequence);
  if (!certificate) return std::nullopt;
  auto outer = *certificate;
  const auto signed_part = take(outer, kSequence);
  if (!signed_part) return std::nullopt;
  auto rest = *signed_part;
  if (!rest.empty() && static_cast<std::uint8_t>(rest.front()) == kVersion) (void)take(rest);
  // Serial number, algorithm, issuer.
  if (!take(rest, kInteger) || !take(rest, kSequence) || !take(rest, kSequence))
    return std::nullopt;
  const auto dates = take(rest, kSequence);
  if (!dates) return std::nullopt;
  auto both = *dates;
  const auto from = parse_time(take(both));
  const auto until = parse_time(take(both));
  if (!from || !until) return std::nullopt;
  return Validity{.from = *from, .until = *until};
}

}  // namespace

std::optional<Validity> parse_validity(std::string_view pem) {
  const auto begin = pem.find(kBegin);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto body = begin + kBegin.size();
  const auto end = pem.find(kEnd, body);
  if (end == std::string_view::npos) return std::nullopt;
  const auto der = sys::from_base64(pem.substr(body, end - body));
  return der ? parse_der(*der) : std::nullopt;
}

}  // namespace kgnode::k3s
