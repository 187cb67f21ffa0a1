/// Steps in the journal.
#include "agent/step_log.hpp"

#include <format>

#include "agent/sys/log.hpp"

namespace kgnode {

void log_step(const core::LogEntry& entry, const core::ChainPoint& place) {
  const auto text = std::format("{}: {}{}{}", entry.domain, entry.text,
                                entry.error.empty() ? "" : ": ", entry.error);
  sys::log(entry.error.empty() ? sys::Level::notice : sys::Level::error, text,
           {{"MODULE", entry.domain}, {"STEP", entry.text}, {"CHAIN_HASH", place.hash}});
}

}  // namespace kgnode
