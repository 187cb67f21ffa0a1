/// Public SSH keys: the line, its base64 and the structure inside (RFC 4253 §6.6, RFC 8709, and
/// PROTOCOL.u2f of OpenSSH).
#include "agent/base/ssh_key.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <format>
#include <optional>
#include <vector>

#include "agent/base/text.hpp"

namespace kgnode {
namespace {

constexpr std::string_view kEd25519 = "ssh-ed25519";
constexpr std::string_view kSkEd25519 = "sk-ssh-ed25519@openssh.com";
constexpr std::string_view kRsa = "ssh-rsa";

constexpr std::size_t kLineLimit = 8192;    // as sshd(8) for authorized_keys
constexpr std::size_t kMinRsaBits = 3072;   // RequiredRSASize of our drop-in
constexpr std::size_t kMaxRsaBits = 16384;  // OPENSSL_RSA_MAX_MODULUS_BITS, the limit of OpenSSH
constexpr std::size_t kEd25519Bytes = 32;

constexpr std::string_view kExpected =
    "expected \"ssh-ed25519 AAAA... comment\", the content of a file such as ~/.ssh/id_ed25519.pub";

using Bytes = std::vector<std::uint8_t>;

std::optional<std::uint32_t> sextet(char c) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = kAlphabet.find(c);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint32_t>(at);
}

/// Canonical base64 only: padded to four, unused bits zero.
std::optional<Bytes> decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  Bytes bytes;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const auto six = sextet(c);
    if (!six) return std::nullopt;
    bits = (bits << 6U) | *six;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> held));
    bits &= (1U << held) - 1;
  }
  if (bits != 0 || held != padding * 2) return std::nullopt;
  return bytes;
}

/// Takes length-prefixed strings off the front of a key blob.
class Reader {
 public:
  explicit Reader(const Bytes& bytes) : rest_(bytes.begin(), bytes.end()) {}

  std::optional<std::string_view> string() {
    if (rest_.size() - at_ < 4) return std::nullopt;
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i)
      length = length << 8U | static_cast<std::uint8_t>(rest_[at_ + i]);
    if (rest_.size() - at_ - 4 < length) return std::nullopt;
    const auto found = std::string_view(rest_).substr(at_ + 4, length);
    at_ += 4 + length;
    return found;
  }
  bool at_end() const { return at_ == rest_.size(); }

 private:
  std::string rest_;
  std::size_t at_ = 0;
};

/// A positive number in the shortest form (RFC 4251 §5); nullopt otherwise.
std::optional<std::size_t> bits_of(std::string_view mpint) {
  if (mpint.empty()) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(mpint[0]);
  if (first >= 0x80) return std::nullopt;
  if (first != 0) return (mpint.size() - 1) * 8 + static_cast<std::size_t>(std::bit_width(first));
  if (mpint.size() < 2 || static_cast<std::uint8_t>(mpint[1]) < 0x80) return std::nullopt;
  return (mpint.size() - 1) * 8;
}

bool is_odd(std::string_view mpint) { return (static_cast<std::uint8_t>(mpint.back()) & 1U) != 0; }

Error malformed(std::string_view type, std::string_view why) {
  return Error::plain(
      std::format("the {} key is damaged ({}): copy the whole line again", type, why));
}

Result<> check_rsa(Reader& blob) {
  const auto exponent = blob.string();
  const auto modulus = blob.string();
  if (!exponent || !modulus || !blob.at_end()) return fail(malformed(kRsa, "wrong length"));
  const auto exponent_bits = bits_of(*exponent);
  const auto bits = bits_of(*modulus);
  if (!exponent_bits || *exponent_bits < 2 || !is_odd(*exponent) || !bits || !is_odd(*modulus))
    return fail(malformed(kRsa, "not an RSA key"));
  if (*bits < kMinRsaBits || *bits > kMaxRsaBits) {
    return fail(Error::plain(std::format(
        "an RSA key of {} bits is not accepted, {} to {} are: make a new key with \"ssh-keygen -t "
        "ed25519\"",
        *bits, kMinRsaBits, kMaxRsaBits)));
  }
  return {};
}

Result<> check_ed25519(Reader& blob, std::string_view type) {
  const auto point = blob.string();
  if (!point || point->size() != kEd25519Bytes) return fail(malformed(type, "wrong length"));
  if (type == kSkEd25519 && blob.string().value_or("").empty())
    return fail(malformed(type, "no application"));
  if (!blob.at_end()) return fail(malformed(type, "wrong length"));
  return {};
}

Result<> check_blob(std::string_view type, std::string_view base64) {
  const auto bytes = decode_base64(base64);
  if (!bytes) return fail(malformed(type, "not base64"));
  Reader blob(*bytes);
  if (blob.string() != type)
    return fail(malformed(type, "the type inside differs from the one in front"));
  return type == kRsa ? check_rsa(blob) : check_ed25519(blob, type);
}

Error wrong_type(std::string_view word) {
  if (word.contains("-cert-"))
    return Error::plain("a certificate is not a key: give the public key that it certifies");
  if (word.starts_with("ecdsa-") || word.starts_with("sk-ecdsa-") || word == "ssh-dss") {
    return Error::plain(std::format(
        "keys of type {} are not accepted here: make a new key with \"ssh-keygen -t ed25519\"",
        word));
  }
  if (word.contains('=') || word.contains(',') || word == "restrict" || word.starts_with("no-"))
    return Error::plain("options before the key are not accepted: give the key alone");
  const std::array<std::string_view, 3> types{kEd25519, kSkEd25519, kRsa};
  if (const auto close = closest(word, types))
    return Error::plain(std::format("unknown key type {}, did you mean {}?", quote(word), *close));
  return Error::plain(std::format("unknown key type {}: {}", quote(word.substr(0, 40)), kExpected));
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

}  // namespace

Result<SshKey> parse_ssh_key(std::string_view line) {
  line = trim(line);
  if (line.empty()) return fail(Error::plain(std::format("empty SSH key: {}", kExpected)));
  if (line.contains("PRIVATE KEY")) {
    return fail(
        Error::plain("this is a private key, which must not leave its owner: give the public "
                     "key, the content of the file that ends in .pub"));
  }
  if (line.size() > kLineLimit)
    return fail(Error::plain(std::format("SSH key longer than {} bytes", kLineLimit)));
  // A line break would become a second line of authorized_keys.
  if (std::ranges::any_of(line, is_control))
    return fail(Error::plain("control character in an SSH key: one key is one line of text"));
  const auto words = split_words(line);
  const auto type = words[0];
  if (type != kEd25519 && type != kSkEd25519 && type != kRsa) return fail(wrong_type(type));
  if (words.size() < 2)
    return fail(Error::plain(std::format("no key after {}: {}", type, kExpected)));
  TRY(check_blob(type, words[1]));
  SshKey key{.type = std::string(type), .blob = std::string(words[1])};
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (i > 2) key.comment += ' ';
    key.comment += words[i];
  }
  return key;
}

std::string to_string(const SshKey& key) {
  std::string line = key.type + ' ' + key.blob;
  if (!key.comment.empty()) line += ' ' + key.comment;
  return line;
}

}  // namespace kgnode
