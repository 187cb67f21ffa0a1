/// One file or one module.
#include <format>

#include "agent/base/text.hpp"
#include "hardening/modules/modules.hpp"

namespace kgnode::hardening {

Task<Result<>> Modules::apply(const Step& step) {
  if (step.action == Action::write_file) co_return files_.replace(step.name, step.after, 0644);
  sys::Command modprobe{.argv = {"/usr/sbin/modprobe", "--", step.name}};
  auto ran = co_await processes_.run(std::move(modprobe));
  if (!ran) co_return fail(std::move(ran).error());
  if (ran->status == 0) co_return Result<>{};
  // Told once as a failure; from then on the planner knows and the report has it as a finding.
  const auto said = std::string(trim(ran->err));
  refused_[step.name] = said.empty() ? std::format("modprobe ended with {}", ran->status) : said;
  co_return fail(Error::plain(refused_[step.name]));
}

}  // namespace kgnode::hardening
