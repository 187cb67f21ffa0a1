#pragma once
/// What K3s's own log says, from the journal.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "k3s/diagnose/diagnose.hpp"

namespace kgnode {

constexpr std::size_t kK3sLogLines = 2000;

/// `run`: 0 is the one that is under way, -1 the one before it. `lines`: as journalctl(1) takes it.
/// nullopt: there is no log of that run.
std::optional<std::string> read_k3s_journal(std::string_view unit, int run,
                                            const std::string& lines);

/// Of the run that is under way, or of the one before it when that one says why it failed and this
/// one has not yet come as far. nullopt: there is no log of that unit.
std::optional<k3s::Diagnosis> diagnose_unit(std::string_view unit);

}  // namespace kgnode
