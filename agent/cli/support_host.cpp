/// This node, for its support bundle.
#include "agent/cli/support_host.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <format>

#include <boost/json.hpp>

#include "agent/api/client.hpp"
#include "agent/base/text.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/run_child.hpp"

namespace kgnode::cli {
namespace {

// The doctor looks at all disks.
constexpr std::chrono::seconds kAnswerLimit{60};
constexpr std::chrono::seconds kCommandLimit{20};
constexpr std::size_t kOutputLimit = std::size_t{16} << 20;

}  // namespace

Result<std::string> RealSupportHost::ask(const std::string& route) {
  // A refusal is an answer too: it says why.
  const auto answer = TRY(api::call({.target = route, .limit = kAnswerLimit}));
  return boost::json::serialize(answer.body);
}

Result<std::optional<std::string>> RealSupportHost::read(const std::string& path) {
  sys::RealFiles files;
  return files.read(path, kOutputLimit);
}

Result<std::optional<std::string>> RealSupportHost::run(const std::vector<std::string>& argv) {
  std::error_code missing;
  if (!std::filesystem::exists(argv.front(), missing)) return std::nullopt;
  auto ran =
      TRY(sys::run_child({.argv = argv, .limit = kCommandLimit, .output_cap = kOutputLimit}));
  if (ran.status != 0 && ran.out.empty())
    return fail(Error::plain(
        std::format("{} ended with {}: {}", argv.front(), ran.status, printable(trim(ran.err)))));
  // What it complained of is worth as much as what it found.
  if (!ran.err.empty()) ran.out += "\n" + ran.err;
  return std::move(ran.out);
}

/// Whoever can write to the journal decides how long its lines are: fewer are asked for until they
/// fit.
Result<std::string> RealSupportHost::read_journal(const std::vector<std::string>& words) {
  constexpr std::array kLines = {10'000, 1'000, 100, 10};
  std::vector<std::string> argv = {"/usr/bin/journalctl", "--no-pager", "--utc",
                                   "--output=short-iso-precise", ""};
  argv.insert(argv.end(), words.begin(), words.end());
  Result<std::optional<std::string>> log = std::nullopt;
  for (const auto lines : kLines) {
    argv[4] = std::format("--lines={}", lines);
    log = run(argv);
    if (log) break;
  }
  auto text = TRY(std::move(log));
  if (!text) return fail(Error::plain(argv.front() + " is not there"));
  return *std::move(text);
}

Result<std::optional<std::string>> RealSupportHost::read_environment(const std::string& unit) {
  const auto shown =
      TRY(run({"/usr/bin/systemctl", "show", "--property=MainPID", "--value", unit}));
  const auto pid = parse_int<int>(trim(shown.value_or("")));
  if (!pid || *pid == 0) return std::nullopt;
  auto text = TRY(read(std::format("/proc/{}/environ", *pid)));
  if (text) std::ranges::replace(*text, '\0', '\n');
  return text;
}

}  // namespace kgnode::cli
