#pragma once
/// Verbs about K3s that do not need the agent.
#include <string>

namespace kgnode::cli {

/// Why K3s does not run or join: by its log in a file, or "-" for standard input; without one by
/// the journal of this boot and what the agent sees of the servers. The exit code: 0 no fault, 1 a
/// fault or nothing to go by.
int diagnose_k3s(const std::string& file, bool json);

struct RenderRequest {
  std::string config;
  std::string out;    // a folder that is empty or not there
  std::string start;  // "initialise", "join", "resume"; empty: what this node's first start is
};

/// Writes what K3s would read on this node below a folder, without secrets. 0 or 1.
int render_k3s(const RenderRequest& request);

}  // namespace kgnode::cli
