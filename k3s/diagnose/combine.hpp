#pragma once
/// Why a node is not in its cluster: from K3s' log, and from what the agent saw of the servers.
#include <string>
#include <string_view>

#include "k3s/diagnose/diagnose.hpp"

namespace kgnode::k3s {

/// How far the agent says that K3s is, see k3s/k3s.hpp. Its cause may be one that it read in the
/// log itself.
struct AgentWord {
  std::string stage;
  std::string cause;
  std::string why;
  std::string remedy;
};

/// Whether a line says only that no server could be reached: agents ask through 127.0.0.1:6444,
/// which has one text for a server that is down, one that is cut off and one that is not K3s.
bool says_unreachable(std::string_view rule);
/// Whether a line says that etcd does not hear enough of its members.
bool says_no_quorum(std::string_view rule);

/// `log`: as of now; the agent may have looked up to 15 seconds ago.
Diagnosis combine(const Diagnosis& log, const AgentWord& agent);

}  // namespace kgnode::k3s
