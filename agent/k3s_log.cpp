/// What K3s's own log says, from the journal.
#include "agent/k3s_log.hpp"

#include <chrono>
#include <format>

#include "agent/base/text.hpp"
#include "agent/sys/run_child.hpp"

namespace kgnode {
namespace {

std::optional<k3s::Diagnosis> diagnose_run(std::string_view unit, int run) {
  auto diagnoser = k3s::Diagnoser::make();
  const auto log = read_k3s_journal(unit, run, std::to_string(kK3sLogLines));
  if (!diagnoser || !log) return std::nullopt;
  for (const auto line : split(*log, '\n')) diagnoser->add(line);
  return diagnoser->diagnose();
}

}  // namespace

std::optional<std::string> read_k3s_journal(std::string_view unit, int run,
                                            const std::string& lines) {
  const auto log = sys::run_child(
      {.argv = {"/usr/bin/journalctl", "--boot", "--no-pager", "--output=cat", "--lines=" + lines,
                std::format("--unit={}", unit), std::format("--invocation={}", run)},
       .limit = std::chrono::seconds(10),
       .output_cap = std::size_t{16} << 20});
  if (!log || log->status != 0) return std::nullopt;
  return log->out;
}

std::optional<k3s::Diagnosis> diagnose_unit(std::string_view unit) {
  auto found = diagnose_run(unit, 0);
  if (found && (found->state == k3s::State::failed || found->state == k3s::State::running))
    return found;
  // A K3s that starts again and again has said in its last run why.
  auto before = diagnose_run(unit, -1);
  return before && before->state == k3s::State::failed ? before : found;
}

}  // namespace kgnode
