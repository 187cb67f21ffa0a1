#pragma once
/// A configuration as it counts, defaults included, for people; and the secrets in it.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/value.hpp"

namespace kgnode::config {

struct Effective {
  struct Named {
    std::string key;
    std::string text;  // the secret, or the file that holds it
  };
  /// One line a key as TOML, "# default" behind what the file does not say; secrets are not shown.
  std::string text;
  std::vector<Named> secrets;
  std::vector<Named> secret_files;
};

/// nullopt: it is not TOML. It need not be valid: a key that nobody knows counts as a secret.
std::optional<Effective> load_effective(std::string_view text);

/// Of a document with its defaults.
Effective describe(const Value& root);

}  // namespace kgnode::config
