#pragma once
/// `kgnode ban scan [FILE]`: what the jails would make of a log, offline. Prints
/// line<TAB>jail<TAB>address<TAB>weight for each offence.
#include <iosfwd>
#include <string>

namespace kgnode::cli {

struct ScanRequest {
  std::string file = "-";  // standard input
  std::string jail;        // only this one; empty: all, each for the programs that it knows
  std::string config;      // the operator's jails are those of this file; empty: only the built-in
};

/// 0: read to the end, offences or not. 1: cannot be read, no such jail.
int scan_log(const ScanRequest& request, std::ostream& out, std::ostream& err);

}  // namespace kgnode::cli
