/// What an update says of itself.
#include "agent/slots/manifest.hpp"

#include <algorithm>
#include <format>
#include <optional>

#include <boost/json.hpp>

#include "agent/base/text.hpp"

namespace kgnode::slots {
namespace {

using boost::json::object;

constexpr std::uint64_t kPartMax = std::uint64_t{4} << 30;  // bytes
constexpr std::size_t kHashDigits = 64;

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string text_at(const object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<std::uint64_t> number_at(const object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(value->get_int64());
}

std::optional<Part> parse_part(const object& parts, std::string_view name) {
  const auto* value = parts.if_contains(name);
  if (value == nullptr || !value->is_object()) return std::nullopt;
  const auto size = number_at(value->get_object(), "size");
  const auto* chunks = value->get_object().if_contains("chunks");
  if (!size || *size == 0 || *size > kPartMax || chunks == nullptr || !chunks->is_array())
    return std::nullopt;
  Part part{.size = *size, .chunks = {}};
  for (const auto& chunk : chunks->get_array()) {
    if (!chunk.is_string()) return std::nullopt;
    const std::string_view hash = chunk.get_string();
    if (hash != "0" && !is_hash(hash)) return std::nullopt;
    part.chunks.emplace_back(hash);
  }
  if (part.chunks.size() != (*size + kChunk - 1) / kChunk) return std::nullopt;
  return part;
}

Error unfit(std::string_view what) {
  return Error::plain(std::format("the update's manifest has no valid {}", what));
}

}  // namespace

std::uint64_t Part::size_of(std::size_t chunk) const {
  return std::min(kChunk, size - chunk * kChunk);
}

std::uint64_t Part::carried() const {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < chunks.size(); ++i) bytes += is_zeros(i) ? 0 : size_of(i);
  return bytes;
}

Result<Manifest> parse_manifest(std::string_view json) {
  boost::system::error_code error;
  const auto value = boost::json::parse(json, error);
  if (error || !value.is_object()) return fail(Error::plain("the update's manifest is no JSON"));
  const auto& root = value.get_object();
  if (number_at(root, "format") != 1)
    return fail(
        Error::plain("the update has a format that this version does not know: update in "
                     "steps, as its release notes say"));
  const auto index = number_at(root, "rollback_index");
  if (!index || *index > 1'000'000) return fail(unfit("rollback_index"));
  Manifest manifest{.version = text_at(root, "version"),
                    .rollback_index = static_cast<unsigned>(*index),
                    .architecture = text_at(root, "architecture"),
                    .root_hash = text_at(root, "root_hash")};
  if (!is_version(manifest.version)) return fail(unfit("version"));
  if (!is_hash(manifest.root_hash)) return fail(unfit("root_hash"));
  if (number_at(root, "chunk_size") != kChunk) return fail(unfit("chunk_size"));
  const auto* parts = root.if_contains("parts");
  if (parts == nullptr || !parts->is_object()) return fail(unfit("parts"));
  const std::pair<std::string_view, Part*> wanted[] = {
      {"root", &manifest.root}, {"verity", &manifest.verity}, {"kernel", &manifest.kernel}};
  for (const auto& [name, part] : wanted) {
    auto found = parse_part(parts->get_object(), name);
    if (!found) return fail(unfit(std::format("part {}", name)));
    *part = *std::move(found);
  }
  return manifest;
}

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Version {
  std::vector<unsigned> numbers;
  std::string before;  // what comes behind "~"
};

std::optional<Version> parse_version(std::string_view text) {
  Version version;
  const auto tilde = text.find('~');
  for (const auto part : split(text.substr(0, tilde), '.')) {
    if (part.size() > 6 || !std::ranges::all_of(part, is_digit)) return std::nullopt;
    const auto number = parse_int<unsigned>(part);
    if (!number) return std::nullopt;
    version.numbers.push_back(*number);
  }
  if (tilde == std::string_view::npos) return version;
  version.before = text.substr(tilde + 1);
  const bool plain = std::ranges::all_of(
      version.before, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); });
  if (version.before.empty() || version.before.size() > 16 || !plain) return std::nullopt;
  return version;
}

}  // namespace

bool is_version(std::string_view text) { return text.size() <= 32 && parse_version(text); }

int compare_versions(std::string_view left, std::string_view right) {
  const auto a = parse_version(left).value_or(Version{});
  const auto b = parse_version(right).value_or(Version{});
  if (a.numbers != b.numbers) return a.numbers < b.numbers ? -1 : 1;
  if (a.before == b.before) return 0;
  if (a.before.empty() || b.before.empty()) return a.before.empty() ? 1 : -1;
  return a.before < b.before ? -1 : 1;
}

}  // namespace kgnode::slots
