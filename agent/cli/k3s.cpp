/// Offline verbs about K3s.
#include "agent/cli/k3s.hpp"

#include <format>
#include <fstream>
#include <iostream>
#include <print>
#include <sstream>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/sys/run_child.hpp"
#include "k3s/diagnose/diagnose.hpp"

namespace kgnode::cli {
namespace {

using k3s::Diagnosis, k3s::State;

void add_all(std::istream& log, k3s::Diagnoser& diagnoser) {
  for (std::string line; std::getline(log, line);) diagnoser.add(line);
}

Result<> add_journal(k3s::Diagnoser& diagnoser) {
  auto read = TRY(
      sys::run_child({.argv = {"/usr/bin/journalctl", "--boot", "--no-pager", "--output=cat",
                               "--lines=20000", "--unit=k3s.service", "--unit=k3s-agent.service"},
                      .limit = std::chrono::seconds(30),
                      .output_cap = std::size_t{64} << 20}));
  if (read.status != 0)
    return fail(Error::plain(std::format("read the journal: {}", trim(read.err))));
  std::istringstream log(std::move(read.out));
  add_all(log, diagnoser);
  return {};
}

Result<> add_file(const std::string& file, k3s::Diagnoser& diagnoser) {
  if (file.empty()) return add_journal(diagnoser);
  if (file == "-") {
    add_all(std::cin, diagnoser);
    return {};
  }
  std::ifstream log(file);
  if (!log) return fail(Error::from_errno("open " + quote(file)));
  add_all(log, diagnoser);
  return {};
}

boost::json::value text_or_null(const std::string& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

std::string render(const Diagnosis& found) {
  std::string text = std::format("{}", to_string(found.state));
  if (found.cause.empty()) return text + ": the log has no line that is known\n";
  text += std::format(": {} ({})\n", found.meaning.empty() ? "as it was told to" : found.meaning,
                      found.cause);
  text += std::format("  line    {}\n", found.evidence);
  if (found.count > 1)
    text += std::format("  seen    {} times since the last start\n", found.count);
  if (!found.remedy.empty()) text += std::format("  remedy  {}\n", found.remedy);
  return text;
}

}  // namespace

int diagnose_k3s(const std::string& file, bool json) {
  auto diagnoser = k3s::Diagnoser::make();
  const auto read =
      diagnoser ? add_file(file, *diagnoser) : Result<>(fail(Error(diagnoser.error())));
  if (!read) {
    std::println(stderr, "kgnode: {}", read.error().message());
    return 1;
  }
  const auto found = diagnoser->diagnose();
  if (json) {
    std::println(
        "{}", boost::json::serialize(boost::json::object{{"state", to_string(found.state)},
                                                         {"cause", text_or_null(found.cause)},
                                                         {"evidence", text_or_null(found.evidence)},
                                                         {"meaning", text_or_null(found.meaning)},
                                                         {"remedy", text_or_null(found.remedy)},
                                                         {"count", found.count}}));
  } else {
    std::print("{}", render(found));
  }
  return found.state == State::failed || found.state == State::unknown ? 1 : 0;
}

}  // namespace kgnode::cli
