#pragma once
/// `kgnode ban scan [FILE]`: what the jails would make of a log, offline. Prints
/// line<TAB>jail<TAB>address<TAB>weight for each offence; or, as a summary, what they would lead
/// to.
#include <chrono>
#include <iosfwd>
#include <string>

namespace kgnode::cli {

struct ScanRequest {
  std::string file = "-";  // standard input
  std::string jail;        // only this one; empty: all, each for the programs that it knows
  std::string config;      // the operator's jails are those of this file; empty: only the built-in
  bool summary = false;
  bool json = false;                          // of the summary
  std::chrono::system_clock::time_point now;  // to which lines without a year are near
};

/// 0: read to the end, offences or not. 1: cannot be read, no such jail, too many sources.
int scan_log(const ScanRequest& request, std::ostream& out, std::ostream& err);

}  // namespace kgnode::cli
