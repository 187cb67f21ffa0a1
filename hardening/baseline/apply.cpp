/// One file.
#include "hardening/baseline/baseline.hpp"

namespace kgnode::hardening {

Task<Result<>> Baseline::apply(const Step& step) {
  switch (step.action) {
    case Action::write_file:
      co_return files_.replace(step.subject, step.after, 0644);
    case Action::remove_file:
      co_return files_.remove(step.subject);
    case Action::set_mode:
      co_return files_.set_attributes(step.subject, step.attributes);
  }
  co_return fail(Error::plain("baseline: unknown step"));
}

}  // namespace kgnode::hardening
