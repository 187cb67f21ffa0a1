/// The file, or the restart.
#include "hardening/time/time.hpp"

namespace kgnode::hardening {

Task<Result<>> Time::apply(const Step& step) {
  if (step.action == Action::write_file) {
    // Before the file: if we are stopped in between, the next run still restarts.
    if (auto marked = files_.replace(std::string(kRestartMark), "", 0600); !marked)
      co_return marked;
    co_return files_.replace(step.subject, step.after, 0644);
  }
  if (auto restarted = co_await units_.restart(step.subject); !restarted) co_return restarted;
  co_return files_.remove(std::string(kRestartMark));
}

}  // namespace kgnode::hardening
