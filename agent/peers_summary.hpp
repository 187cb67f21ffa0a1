#pragma once
/// The other nodes in a few words, for the status.
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "agent/peers/table.hpp"

namespace kgnode {

/// {"known", "alive", "suspect", "gone", "unheard": how many, "silent": who is not alive and why,
/// at most 16, "trouble": why there are no beacons}
boost::json::value summarize_peers(const std::vector<peers::Peer>& peers,
                                   const std::string& trouble);

}  // namespace kgnode
