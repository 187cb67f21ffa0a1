/// Each step of a domain becomes an entry of the operations log.
#include "agent/core/oplog_steps.hpp"

namespace kgnode::core {

void OplogSteps::record(std::string_view domain, const StepView& step, std::string_view error) {
  const LogEntry entry{.actor = {.pid = ::getpid(), .name = "kgnode"},
                       .event = "step",
                       .domain = std::string(domain),
                       .text = step.text,
                       .before = step.before,
                       .after = step.after,
                       .outcome = error.empty() ? "done" : "failed",
                       .error = std::string(error)};
  const auto place = log_->append(entry);
  trouble_ = place ? "" : place.error().message();
  if (place && recorded_) recorded_(entry, *place);
}

std::optional<Finding> OplogSteps::finding() const {
  if (trouble_.empty()) return std::nullopt;
  return Finding{.id = "log.not_recorded",
                 .kind = FindingKind::gap,
                 .text = "a change was made but not recorded: " + trouble_,
                 .remedy = "make room in /var/lib/kgnode, then look at the journal for the change"};
}

}  // namespace kgnode::core
