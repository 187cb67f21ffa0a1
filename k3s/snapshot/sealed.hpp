#pragma once
/// The server token, sealed for the operator, for each snapshot that it opens: without it a
/// snapshot is of no use. Not in K3s' own folders, and not readable by this node either.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/sealed_box.hpp"
#include "k3s/snapshot/book.hpp"

namespace kgnode::k3s {

constexpr auto kTokenFolder = "/var/lib/kgnode/k3s-tokens";
constexpr std::string_view kSealedSuffix = ".sealed";

struct SealedToken {
  std::string snapshot;
  std::string digits;  // of what it opens, see bootstrap_digits()
  std::string key;     // the operator's, that it is sealed to
  std::string box;
  bool operator==(const SealedToken&) const = default;
};
std::string to_text(const SealedToken& sealed);
std::optional<SealedToken> parse_sealed(std::string_view text);

/// What there is; a file that is damaged is left out, so that it is written anew.
Result<std::vector<SealedToken>> read_sealed(sys::Files& files);

/// Snapshots that the token opens and that have none sealed to this key.
std::vector<std::string> to_seal(const SnapshotBook& book, const std::vector<SealedToken>& sealed,
                                 std::string_view key);
/// Of snapshots that are gone, as long as there is another file with the same token for the same
/// key: the last one is kept, for copies that are elsewhere.
std::vector<std::string> to_remove(const SnapshotBook& book,
                                   const std::vector<SealedToken>& sealed);

}  // namespace kgnode::k3s
