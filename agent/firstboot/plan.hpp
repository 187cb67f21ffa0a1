#pragma once
/// What first boot will do on this node. Pure: every decision is here.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/firstboot/networkd.hpp"
#include "agent/firstboot/types.hpp"

namespace kgnode::firstboot {

/// What an earlier boot took from the instance's data, so that the operator's later changes stay.
struct State {
  std::string instance_id;
  std::string user_data_sha256;
  bool operator==(const State&) const = default;
};

/// The problems of a configuration, one a line; none: it is good.
using CheckConfig =
    std::function<std::vector<std::string>(std::string_view text, std::string_view name)>;

struct Input {
  std::vector<PresentLink> present;
  std::optional<std::string> node_toml;  // the one that is there
  std::optional<State> state;
  CheckConfig check;
};

/// A value for `kgnode status`, and the document it came from; never a secret.
struct Value {
  std::string name;
  std::string value;
  std::string from;
  bool operator==(const Value&) const = default;
};

struct Output {
  std::string hostname;
  std::vector<OutFile> network;  // replaces all our earlier ones
  std::vector<OutFile> files;    // write_files
  bool replace_files = false;    // a new instance: also those that exist
  std::optional<OutFile> node_toml;
  std::optional<OutFile> token;     // of the node.toml, which names it as a file
  std::optional<OutFile> rejected;  // a configuration with errors, kept for `kgnode check`
  std::optional<State> state;
  std::vector<Value> values;
};

Output plan(const SeedData& seed, const Input& input, Notes& notes);

}  // namespace kgnode::firstboot
