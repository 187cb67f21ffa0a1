/// One entry of the operations log as text, and the chain.
#include "agent/core/oplog_line.hpp"

#include <algorithm>
#include <cassert>
#include <format>

#include <boost/json.hpp>
#include <sodium.h>

#include "agent/base/clock.hpp"
#include "agent/base/text.hpp"

namespace kgnode::core {
namespace {

constexpr std::size_t kFieldBytes = 4096;
constexpr std::size_t kHashDigits = 64;
constexpr std::string_view kHashField = R"(,"hash":")";
constexpr std::string_view kEnd = R"("})";

boost::json::value field(std::string_view text) {
  if (text.empty()) return nullptr;
  if (text.size() <= kFieldBytes) return boost::json::string(printable(text));
  return boost::json::string(
      std::format("{} ... ({} bytes)", printable(text.substr(0, kFieldBytes)), text.size()));
}

struct Sealed {
  std::string text;
  std::string hash;
};

// The hash covers the bytes of the line as they are: nobody has to agree on how JSON is spelled.
Sealed seal(const boost::json::object& fields, const ChainKey& key) {
  std::string body = boost::json::serialize(fields);
  body.pop_back();  // the brace; it follows the hash
  std::string hash = key.hash(body);
  return {std::format("{}{}{}{}", body, kHashField, hash, kEnd), std::move(hash)};
}

// The part before the hash, when the hash is right.
std::optional<Sealed> unseal(std::string_view text, const ChainKey& key) {
  constexpr std::size_t kTail = kHashField.size() + kHashDigits + kEnd.size();
  if (text.size() < kTail || !text.ends_with(kEnd)) return std::nullopt;
  const std::string_view body = text.substr(0, text.size() - kTail);
  const std::string_view tail = text.substr(body.size());
  const std::string_view hash = tail.substr(kHashField.size(), kHashDigits);
  if (!tail.starts_with(kHashField) || key.hash(body) != hash) return std::nullopt;
  return Sealed{std::string(body), std::string(hash)};
}

// Takes `prefix` and what follows up to `end` off `text`.
std::optional<std::string_view> take_between(std::string_view& text, std::string_view prefix,
                                             char end) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  const auto stop = text.find(end);
  if (stop == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, stop);
  text.remove_prefix(stop);
  return taken;
}

}  // namespace

ChainKey::ChainKey() {
  const int ready = sodium_init();
  assert(ready >= 0 && "libsodium cannot start without a source of randomness");
  (void)ready;  // only read by the assertion
  // May fail under a small RLIMIT_MEMLOCK; then the key could be swapped out, to a disk of root's.
  (void)sodium_mlock(key_.data(), key_.size());
}

ChainKey::ChainKey(ChainKey&& other) noexcept : ChainKey() {
  key_ = other.key_;
  sodium_memzero(other.key_.data(), other.key_.size());
}

ChainKey::~ChainKey() { (void)sodium_munlock(key_.data(), key_.size()); }  // wipes it too

ChainKey ChainKey::make_random() {
  ChainKey key;
  randombytes_buf(key.key_.data(), key.key_.size());
  return key;
}

std::optional<ChainKey> ChainKey::parse(std::string_view bytes) {
  if (bytes.size() != kBytes) return std::nullopt;
  ChainKey key;
  std::ranges::copy(bytes, key.key_.begin());
  return key;
}

std::string_view ChainKey::bytes() const {
  return {reinterpret_cast<const char*>(key_.data()), key_.size()};
}

std::string ChainKey::hash(std::string_view text) const {
  std::array<unsigned char, kHashDigits / 2> digest{};
  (void)crypto_generichash(digest.data(), digest.size(),
                           reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                           key_.data(), key_.size());  // fails on wrong sizes only, fixed here
  std::string hex;
  for (const unsigned char byte : digest) hex += std::format("{:02x}", byte);
  return hex;
}

SealedLine make_line(const LogEntry& entry, const ChainPoint& previous, const Stamp& stamp,
                     const ChainKey& key) {
  const boost::json::object fields{
      {"seq", previous.seq + 1},
      {"prev", previous.hash},
      {"time", to_rfc3339(stamp.time)},
      {"boot", field(stamp.boot_id)},
      {"actor",
       {{"kind", entry.actor.agent ? "agent" : "peer"},
        {"uid", entry.actor.uid},
        {"gid", entry.actor.gid},
        {"pid", entry.actor.pid},
        {"name", field(entry.actor.name)}}},
      {"event", field(entry.event)},
      {"domain", field(entry.domain)},
      {"text", field(entry.text)},
      {"before", field(entry.before)},
      {"after", field(entry.after)},
      {"outcome", field(entry.outcome)},
      {"error", field(entry.error)},
  };
  Sealed sealed = seal(fields, key);
  return {std::move(sealed.text), {previous.seq + 1, std::move(sealed.hash)}};
}

std::optional<Link> parse_line(std::string_view line, const ChainKey& key) {
  auto sealed = unseal(line, key);
  if (!sealed) return std::nullopt;
  std::string_view rest = sealed->text;
  const auto number = take_between(rest, R"({"seq":)", ',');
  const auto previous = number ? take_between(rest, R"(,"prev":")", '"') : std::nullopt;
  const auto seq = number ? parse_int<std::uint64_t>(*number) : std::nullopt;
  if (!seq || !previous) return std::nullopt;
  return Link{{*seq, std::move(sealed->hash)}, std::string(*previous)};
}

std::string make_head(const LogHead& head, const ChainKey& key) {
  return seal({{"before_first_seq", head.before_first.seq},
               {"before_first_hash", head.before_first.hash},
               {"last_seq", head.last.seq},
               {"last_hash", head.last.hash}},
              key)
      .text;
}

std::optional<LogHead> parse_head(std::string_view text, const ChainKey& key) {
  const auto sealed = unseal(text, key);
  if (!sealed) return std::nullopt;
  std::string_view rest = sealed->text;
  const auto first = take_between(rest, R"({"before_first_seq":)", ',');
  const auto first_hash = first ? take_between(rest, R"(,"before_first_hash":")", '"') : first;
  const auto last = first_hash ? take_between(rest, R"(","last_seq":)", ',') : first_hash;
  const auto last_hash = last ? take_between(rest, R"(,"last_hash":")", '"') : last;
  if (!last_hash) return std::nullopt;
  const auto first_seq = parse_int<std::uint64_t>(*first);
  const auto last_seq = parse_int<std::uint64_t>(*last);
  if (!first_seq || !last_seq) return std::nullopt;
  return LogHead{{*first_seq, std::string(*first_hash)}, {*last_seq, std::string(*last_hash)}};
}

}  // namespace kgnode::core
