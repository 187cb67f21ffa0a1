#pragma once
/// Offline verbs about K3s.
#include <string>

namespace kgnode::cli {

/// Why K3s does not run, by its log: a file, "-" for standard input, or the journal of this boot.
/// The exit code: 0 no fault, 1 a fault or nothing to go by.
int diagnose_k3s(const std::string& file, bool json);

}  // namespace kgnode::cli
