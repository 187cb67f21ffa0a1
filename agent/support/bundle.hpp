#pragma once
/// A support bundle: everything that a node can tell about itself, without its secrets. It asks a
/// host and needs no agent.
#include <chrono>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/support/archive.hpp"
#include "agent/support/contents.hpp"
#include "agent/support/secrets.hpp"

namespace kgnode::support {

/// Where the parts come from. An Error says why one cannot be had.
class Host {
 public:
  virtual ~Host() = default;
  /// What the agent answers, as JSON text. Once it did not come, no other one is asked for.
  virtual Result<std::string> ask(const std::string& route) = 0;
  /// nullopt: there is no such file.
  virtual Result<std::optional<std::string>> read(const std::string& path) = 0;
  virtual Result<std::optional<std::string>> run(const std::vector<std::string>& argv) = 0;
  virtual Result<std::string> read_journal(const std::vector<std::string>& words) = 0;
  /// NAME=VALUE lines of the main process of a unit; nullopt: it does not run.
  virtual Result<std::optional<std::string>> read_environment(const std::string& unit) = 0;
};

struct Bundle {
  struct Missing {
    std::string name;
    std::string why;
  };
  std::string node;            // empty: no configuration tells
  std::vector<Entry> entries;  // manifest.json is the first
  std::vector<Missing> missing;
  std::vector<std::string> cut;
  Counts redacted;
};

/// An Error when a secret is still in it after everything: then there is no bundle.
Result<Bundle> make_bundle(Host& host, std::string_view version,
                           std::chrono::system_clock::time_point now);

}  // namespace kgnode::support
