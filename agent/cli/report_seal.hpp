#pragma once
/// The seal of a report: one line at its end, over all that stands before it.
#include <string>
#include <string_view>

#include "agent/base/result.hpp"

namespace kgnode::cli {

/// `key` is the text of a secret key file: "ed25519-secret BASE64". The report with its seal.
Result<std::string> seal_report(std::string_view report, std::string_view key);
/// `key` is the text of a public key file: "ed25519 BASE64".
Result<> check_seal(std::string_view sealed, std::string_view key);

}  // namespace kgnode::cli
