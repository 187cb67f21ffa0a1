#pragma once
/// YAML 1.1 by libyaml as a plain tree: the part that configuration needs, with limits.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::sys {

struct Yaml {
  struct Entry;
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  std::string text;            // scalar, as written, without quotes
  bool plain = false;          // scalar without quotes: may mean a number or a truth value
  bool binary = false;         // tagged !!binary: text is base64
  std::vector<Yaml> items;     // sequence
  std::vector<Entry> entries;  // mapping, in order; keys are unique
  std::size_t line = 0;        // first is 1

  const Yaml* find(std::string_view key) const;
  /// Scalars of this node and below, for values that may be one, a list or a map of them.
  std::vector<const Yaml*> leaves() const;
};

struct Yaml::Entry {
  std::string key;
  Yaml value;
};

/// One document. Refused, naming the line: syntax errors, aliases (they let a small text grow
/// without end), keys that are not scalars, a key given twice, more than 32 levels or 5000 nodes.
Result<Yaml> parse_yaml(std::string_view text);

/// true, false by the words of YAML 1.1; anything else is nullopt.
std::optional<bool> parse_yaml_bool(const Yaml& value);

}  // namespace kgnode::sys
