/// One file or one unit.
#include "storage/longhorn/longhorn.hpp"

namespace kgnode::storage {

Task<Result<>> Longhorn::apply(const Step& step) {
  switch (step.action) {
    case Action::write_file:
      co_return files_.replace(step.subject, step.after,
                               step.subject == kInitiatorFile ? 0600 : 0644);
    case Action::reload:
      co_return co_await units_.reload(step.subject);
    case Action::start:
      break;
  }
  auto started = co_await units_.restart(step.subject);
  // Told once as a failure; from then on the planner knows and the report has it as a finding.
  if (!started) start_error_ = started.error().message();
  co_return started;
}

}  // namespace kgnode::storage
