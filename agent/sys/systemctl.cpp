/// Units through systemctl.
#include "agent/sys/systemctl.hpp"

#include <chrono>
#include <format>
#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

constexpr std::string_view kSystemctl = "/usr/bin/systemctl";
constexpr std::chrono::seconds kJobLimit{90};  // systemd's own default for a job

}  // namespace

Task<Result<std::string>> Systemctl::state(std::string unit) {
  Command command{.argv = {std::string(kSystemctl), "show", "--property=LoadState,ActiveState",
                           "--value", unit}};
  auto output = co_await processes_.run(std::move(command));
  if (!output) co_return fail(std::move(output).error());
  if (output->status != 0)
    co_return fail(
        Error::plain(std::format("ask for the state of \"{}\": {}", unit, trim(output->err))));
  const auto lines = split(trim(output->out), '\n');
  // systemctl prints the properties in its own order: ActiveState never says "not-found".
  for (const auto line : lines) {
    if (line == "not-found") co_return std::string(line);
  }
  for (const auto line : lines) {
    if (line != "loaded" && line != "masked") co_return std::string(line);
  }
  co_return fail(Error::plain(std::format("systemctl says nothing about \"{}\"", unit)));
}

Task<Result<>> Systemctl::reload(std::string unit) {
  auto now = co_await state(unit);
  if (!now) co_return fail(std::move(now).error());
  if (*now != "active" && *now != "reloading") co_return Result<>{};
  co_return co_await job("reload", std::move(unit));
}

Task<Result<>> Systemctl::restart(std::string unit) {
  co_return co_await job("restart", std::move(unit));
}

Task<Result<>> Systemctl::job(std::string verb, std::string unit) {
  // ssh.service is ordered after ours: while we are starting, an ordered job would wait for us, and
  // we for it.
  Command command{.argv = {std::string(kSystemctl), verb, "--job-mode=ignore-dependencies", unit},
                  .limit = kJobLimit};
  auto output = co_await processes_.run(std::move(command));
  if (!output) co_return fail(std::move(output).error());
  if (output->status != 0)
    co_return fail(Error::plain(std::format("{} \"{}\": {}", verb, unit, trim(output->err))));
  co_return Result<>{};
}

}  // namespace kgnode::sys
