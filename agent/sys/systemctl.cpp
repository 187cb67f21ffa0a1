/// Units through systemctl.
#include "agent/sys/systemctl.hpp"

#include <chrono>
#include <format>
#include <map>
#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

constexpr std::string_view kSystemctl = "/usr/bin/systemctl";
// ssh.service is ordered after ours: while we are starting, an ordered job would wait for us, and
// we for it.
constexpr auto kAnyOrder = "--job-mode=ignore-dependencies";
constexpr std::chrono::seconds kJobLimit{90};  // systemd's own default for a job

}  // namespace

std::string parse_unit_state(std::string_view properties) {
  std::map<std::string_view, std::string_view> values;
  for (const auto line : split(trim(properties), '\n')) {
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) values[line.substr(0, equals)] = line.substr(equals + 1);
  }
  if (values["LoadState"] == "not-found") return "not-found";
  if (values["ActiveState"] != "inactive") return std::string(values["ActiveState"]);
  if (!values["Job"].empty()) return "queued";
  const auto file = values["UnitFileState"];
  return file.starts_with("disabled") || file.starts_with("masked") ? "disabled" : "inactive";
}

Task<Result<std::string>> Systemctl::state(std::string unit) {
  Command command{.argv = {std::string(kSystemctl), "show",
                           "--property=LoadState,ActiveState,UnitFileState,Job", unit}};
  auto output = co_await processes_.run(std::move(command));
  if (!output) co_return fail(std::move(output).error());
  if (output->status != 0) {
    co_return fail(
        Error::plain(std::format("ask for the state of \"{}\": {}", unit, trim(output->err))));
  }
  auto state = parse_unit_state(output->out);
  if (state.empty())
    co_return fail(Error::plain(std::format("systemctl says nothing about \"{}\"", unit)));
  co_return state;
}

Task<Result<>> Systemctl::reload(std::string unit) {
  auto now = co_await state(unit);
  if (!now) co_return fail(std::move(now).error());
  if (*now != "active" && *now != "reloading") co_return Result<>{};
  co_return co_await job("reload", kAnyOrder, std::move(unit));
}

Task<Result<>> Systemctl::restart(std::string unit) {
  co_return co_await job("restart", kAnyOrder, std::move(unit));
}

Task<Result<>> Systemctl::stop(std::string unit) {
  co_return co_await job("stop", kAnyOrder, std::move(unit));
}

Task<Result<>> Systemctl::start(std::string unit) {
  co_return co_await job("start", "--no-block", std::move(unit));
}

Task<Result<>> Systemctl::job(std::string verb, std::string option, std::string unit) {
  Command command{.argv = {std::string(kSystemctl), verb, std::move(option), unit},
                  .limit = kJobLimit};
  auto output = co_await processes_.run(std::move(command));
  if (!output) co_return fail(std::move(output).error());
  if (output->status != 0)
    co_return fail(Error::plain(std::format("{} \"{}\": {}", verb, unit, trim(output->err))));
  co_return Result<>{};
}

}  // namespace kgnode::sys
