/// The server token, sealed for the operator.
#include "k3s/snapshot/sealed.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "k3s/snapshot/json.hpp"

namespace kgnode::k3s {
namespace {

bool is_there(const SnapshotBook& book, const std::string& name) {
  return std::ranges::any_of(book.snapshots,
                             [&name](const Rehearsal& one) { return one.file.name == name; });
}

bool is_same_secret(const SealedToken& one, const SealedToken& other) {
  return one.digits == other.digits && one.key == other.key;
}

}  // namespace

std::string to_text(const SealedToken& sealed) {
  return boost::json::serialize(boost::json::object{{"snapshot", sealed.snapshot},
                                                    {"digits", sealed.digits},
                                                    {"key", sealed.key},
                                                    {"box", sealed.box}}) +
         "\n";
}

std::optional<SealedToken> parse_sealed(std::string_view text) {
  const auto root = parse_object(text);
  if (!root) return std::nullopt;
  const auto snapshot = text_at(*root, "snapshot");
  const auto digits = text_at(*root, "digits");
  const auto key = text_at(*root, "key");
  const auto box = text_at(*root, "box");
  if (!snapshot || !digits || !key || !box) return std::nullopt;
  return SealedToken{.snapshot = *snapshot, .digits = *digits, .key = *key, .box = *box};
}

Result<std::vector<SealedToken>> read_sealed(sys::Files& files) {
  std::vector<SealedToken> found;
  for (const auto& name : TRY(files.list(kTokenFolder))) {
    if (!name.ends_with(kSealedSuffix)) continue;
    const auto text = TRY(files.read(std::string(kTokenFolder) + "/" + name));
    auto sealed = parse_sealed(text.value_or(""));
    if (sealed && sealed->snapshot + std::string(kSealedSuffix) == name)
      found.push_back(*std::move(sealed));
  }
  return found;
}

std::vector<std::string> to_seal(const SnapshotBook& book, const std::vector<SealedToken>& sealed,
                                 std::string_view key) {
  std::vector<std::string> names;
  for (const auto& one : book.snapshots) {
    const bool is_sealed = std::ranges::any_of(sealed, [&one, key](const SealedToken& token) {
      return token.snapshot == one.file.name && token.key == key;
    });
    if (one.proven() && !is_sealed) names.push_back(one.file.name);
  }
  return names;
}

std::vector<std::string> to_remove(const SnapshotBook& book,
                                   const std::vector<SealedToken>& sealed) {
  std::vector<std::string> names;
  for (auto one = sealed.begin(); one != sealed.end(); ++one) {
    if (is_there(book, one->snapshot)) continue;
    // One that stays: of a snapshot that is there, or the last of those that are gone.
    const bool other =
        std::any_of(sealed.begin(), sealed.end(), [one, &book](const SealedToken& token) {
          return is_same_secret(*one, token) && is_there(book, token.snapshot);
        });
    const bool later = std::any_of(one + 1, sealed.end(), [&one](const SealedToken& token) {
      return is_same_secret(*one, token);
    });
    if (other || later) names.push_back(one->snapshot);
  }
  return names;
}

}  // namespace kgnode::k3s
