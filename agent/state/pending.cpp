/// Commit-confirm: the way back.
#include "agent/state/pending.hpp"

#include <array>
#include <format>

#include <boost/json.hpp>
#include <sodium.h>

namespace kgnode::state {
namespace json = boost::json;

Verdict judge(const Pending& pending, const std::string& hash_in_force, const Moment& moment) {
  if (hash_in_force != pending.wanted_hash) return Verdict::stale;
  if (moment.boot_id != pending.boot_id) return Verdict::revert;
  return moment.now >= pending.deadline ? Verdict::revert : Verdict::wait;
}

namespace {

std::optional<std::string> text_of(const json::object& root, std::string_view key) {
  const auto* value = root.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<Pending> parse(const std::string& text) {
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto& root = value.get_object();
  auto previous = text_of(root, "previous");
  const auto hash = text_of(root, "wanted_hash");
  const auto boot = text_of(root, "boot_id");
  const auto* deadline = root.if_contains("deadline_ms");
  const auto* by = root.if_contains("by_uid");
  if (!previous || !hash || !boot || deadline == nullptr || !deadline->is_int64() ||
      by == nullptr || !by->is_int64())
    return std::nullopt;
  return Pending{.previous = *std::move(previous),
                 .wanted_hash = *hash,
                 .boot_id = *boot,
                 .deadline = BootTime(deadline->get_int64()),
                 .by = static_cast<uid_t>(by->get_int64())};
}

}  // namespace

Result<std::optional<Pending>> PendingFile::load() {
  const auto text = TRY(files_.read(path_, sys::Files::kReadLimit));
  if (!text) return std::nullopt;
  auto pending = parse(*text);
  // The file is replaced whole, so this is no torn write: somebody edited it.
  if (!pending) {
    return fail(
        Error::plain("\"" + path_ +
                     "\" is damaged: the configuration before the unconfirmed change is lost; "
                     "check node.toml, then remove the file"));
  }
  return pending;
}

Result<> PendingFile::save(const Pending& pending) {
  json::object root;
  root["previous"] = pending.previous;
  root["wanted_hash"] = pending.wanted_hash;
  root["boot_id"] = pending.boot_id;
  root["deadline_ms"] = pending.deadline.count();
  root["by_uid"] = pending.by;
  return files_.replace(path_, json::serialize(root) + "\n", 0600);
}

Result<> PendingFile::clear() { return files_.remove(path_); }

std::string hash_text(std::string_view text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  ::crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size());
  std::string hex;
  for (const auto byte : hash) hex += std::format("{:02x}", byte);
  return hex;
}

}  // namespace kgnode::state
