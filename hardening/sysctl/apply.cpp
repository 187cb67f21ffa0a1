/// One parameter or the file.
#include "hardening/sysctl/sysctl.hpp"

namespace kgnode::hardening {

Result<> Sysctl::set(const Step& step) {
  auto written = proc_sys_.write(step.key, step.after);
  // Told once as a failure; from then on the planner knows and the report has it as a finding.
  if (!written) refused_[step.key] = step.after;
  return written;
}

Task<Result<>> Sysctl::apply(const Step& step) {
  switch (step.action) {
    case Action::set: {
      auto remembered = owned_.remember(kName, step.key, step.before);
      co_return remembered ? set(step) : remembered;
    }
    case Action::give_back: {
      auto given = set(step);
      co_return given ? owned_.forget(kName, step.key) : given;
    }
    case Action::forget:
      co_return owned_.forget(kName, step.key);
    case Action::write_file:
      co_return files_.replace(step.key, step.after, 0644);
  }
  co_return fail(Error::plain("sysctl: unknown step"));
}

}  // namespace kgnode::hardening
