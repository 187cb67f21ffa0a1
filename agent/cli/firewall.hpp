#pragma once
/// `kgnode firewall show` and `explain`, offline by a file; the answers of the API come from here
/// too.
#include <span>
#include <string>

#include <boost/json/object.hpp>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"
#include "agent/config/config.hpp"
#include "hardening/firewall/explain.hpp"

namespace kgnode::cli {

/// Refuses what is no address or no target, and says what one looks like. `own`: further addresses
/// of the node, as far as they are known.
Result<hardening::firewall::Explanation> explain_firewall(const config::Config& config,
                                                          const std::string& from,
                                                          const std::string& to,
                                                          std::span<const Address> own = {});
/// {"verdict": "pass" | "drop", "rule": id, "trace": [...], "text": one line}
boost::json::object to_json(const hardening::firewall::Explanation& explanation);

/// Both give the exit code. `role` overrides the one of the file; empty: as the file says.
int show_firewall_of(const std::string& file, const std::string& role, bool json);
int explain_packet_of(const std::string& file, const std::string& from, const std::string& to,
                      bool json);

}  // namespace kgnode::cli
