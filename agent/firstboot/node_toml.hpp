#pragma once
/// The node configuration as text: the few facts first boot needs from it, and values the instance
/// adds to it or takes out. Pure.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/net.hpp"

namespace kgnode::firstboot {

/// "NAME:3:5: ..." when this is not TOML; nullopt: it is.
std::optional<std::string> check_toml(std::string_view text, std::string_view name);

struct NodeFacts {
  std::string name;
  std::optional<Prefix> vrack;
  bool has_ssh_keys = false;
  std::optional<Address> address;  // on the vRack
};

/// Reads what is there and judges nothing: that is the work of the configuration's own check.
NodeFacts read_node_facts(std::string_view text);

/// The text with [node] name set; nullopt: it could not be placed without touching the rest.
std::optional<std::string> with_node_name(std::string_view text, std::string_view name);
/// The text with these keys in front of [admin] ssh_keys; nullopt as above.
std::optional<std::string> with_ssh_keys(std::string_view text,
                                         const std::vector<std::string>& keys);

/// The text with a join token that was inline named as a file instead, and that token.
struct Parted {
  std::string text;
  std::string token;
};
/// nullopt: no token is inline, or it could not be taken out without touching the rest.
std::optional<Parted> part_token(std::string_view text, std::string_view file);

}  // namespace kgnode::firstboot
