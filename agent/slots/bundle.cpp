/// The file of an update.
#include "agent/slots/bundle.hpp"

#include <algorithm>
#include <format>

#include "agent/base/text.hpp"

namespace kgnode::slots {
namespace {

constexpr std::size_t kLengthSize = 4;

std::uint32_t read_length(std::string_view bytes) {
  std::uint32_t length = 0;
  for (const char c : bytes.substr(0, kLengthSize))
    length = length << 8U | static_cast<unsigned char>(c);
  return length;
}

}  // namespace

Result<Bundle> open_bundle(sys::ByteSource& source, std::span<const sys::PublicKey> keys) {
  std::string head(kMagic.size() + sys::kSignatureSize + kLengthSize, '\0');
  TRY(source.read(0, head));
  if (!head.starts_with(kMagic)) {
    return fail(Error::plain(
        std::format("{} is no update of KoproGo Node, or one of another format", source.name())));
  }
  const std::string signature = head.substr(kMagic.size(), sys::kSignatureSize);
  std::string signed_bytes = head.substr(kMagic.size() + sys::kSignatureSize);
  const auto length = read_length(signed_bytes);
  if (length == 0 || length > kManifestMax)
    return fail(Error::plain(std::format("{} is damaged: get it again", source.name())));
  std::string json(length, '\0');
  TRY(source.read(head.size(), json));
  signed_bytes += json;
  const bool known =
      std::ranges::any_of(keys, [&signed_bytes, &signature](const sys::PublicKey& key) {
        return sys::is_signed_by(key, signed_bytes, signature);
      });
  if (!known) {
    return fail(Error::plain(std::format(
        "{} is not signed with a key of this image, or was changed since: nothing was written",
        source.name())));
  }
  return Bundle{.manifest = TRY(parse_manifest(json)), .payload = head.size() + length};
}

Result<std::vector<sys::PublicKey>> parse_keys(std::string_view text) {
  std::vector<sys::PublicKey> keys;
  unsigned number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    const auto words = split_words(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    const auto key =
        words.size() >= 2 && words[0] == "ed25519" ? sys::parse_public_key(words[1]) : std::nullopt;
    if (!key) return fail(Error::plain(std::format("line {} is no Ed25519 key", number)));
    keys.push_back(*key);
  }
  return keys;
}

}  // namespace kgnode::slots
