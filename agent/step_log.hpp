#pragma once
/// Steps in the journal, each with its place in the operations log.
#include "agent/core/oplog_line.hpp"

namespace kgnode {

void log_step(const core::LogEntry& entry, const core::ChainPoint& place);

}  // namespace kgnode
