#pragma once
/// The one table of configuration keys: checks, defaults and documentation come from it.
#include <cstdint>
#include <span>
#include <string_view>

namespace kgnode::config {

enum class Kind : std::uint8_t {
  table,     // keys below it in this table
  settings,  // free keys with string values
  integer,
  boolean,
  choice,  // one of `choices`
  label,   // RFC 1123
  user_name,
  ssh_key,
  address,
  network,  // with a prefix length
  source,   // an address or a network
  ports,
  node_ports,
  rate,
  duration,
  size,
  secret,
  passphrase,   // a string, or a table { file = "..." }
  path,         // absolute
  device_name,  // one name below a folder of /dev/disk
  text,
  module_name,
  unit_name,
  pattern,  // RE2 syntax with one group named "addr"
};

enum class Need : std::uint8_t { optional, required };
enum class Count : std::uint8_t { one, list };

struct Key {
  std::string_view path;
  Kind kind = Kind::text;
  Count count = Count::one;
  Need need = Need::optional;
  std::string_view fallback;  // as TOML; empty: none
  std::string_view choices;   // "a|b"; of an integer "lowest|highest"
  std::string_view example;   // as TOML
  std::string_view effect;
};

/// In the order of the documentation: a table before its keys.
std::span<const Key> schema();
const Key* find_key(std::string_view path);

/// The part of the path before and behind its last dot.
std::string_view parent_of(std::string_view path);
std::string_view name_of(std::string_view path);

}  // namespace kgnode::config
