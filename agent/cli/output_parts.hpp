#pragma once
/// Parts that several answers have in common.
#include <span>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace kgnode::cli {

/// By domain: what failed, its steps, and the first of its findings.
std::string render_domains(const boost::json::value& answer, bool with_steps = true);
/// The change that waits for its confirmation.
std::string render_pending(const boost::json::value& pending);
/// Of the operations log.
std::string render_entries(std::span<const boost::json::value> entries, std::string_view indent);

}  // namespace kgnode::cli
