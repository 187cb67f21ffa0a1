#pragma once
/// Would this configuration leave the operator a way in?
#include <optional>
#include <string>

#include "agent/config/config.hpp"

namespace kgnode::hardening {

/// The reason why nobody could reach this node any more; nullopt: there is a way in.
std::optional<std::string> why_locked_out(const config::Config& config);

}  // namespace kgnode::hardening
