#pragma once
/// `kgnode firewall show` and `explain`, offline by a file; the answers of the API come from here
/// too.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"
#include "agent/config/config.hpp"
#include "hardening/firewall/explain.hpp"

namespace kgnode::cli {

/// What only a running node knows.
struct NodeFacts {
  std::vector<Address> own;                              // its addresses
  std::function<std::optional<Prefix>(Address)> ban_of;  // the ban that covers an address
};

/// Refuses what is no address or no target, and says what one looks like.
Result<hardening::firewall::Explanation> explain_firewall(const config::Config& config,
                                                          const std::string& from,
                                                          const std::string& to,
                                                          const NodeFacts& facts = {});
/// {"verdict": "pass" | "drop", "rule": id, "trace": [...], "text": one line}
boost::json::object to_json(const hardening::firewall::Explanation& explanation);

/// Both give the exit code. `role` overrides the one of the file; empty: as the file says.
int show_firewall_of(const std::string& file, const std::string& role, bool json);
int explain_packet_of(const std::string& file, const std::string& from, const std::string& to,
                      bool json);

}  // namespace kgnode::cli
