/// Why K3s does not run or join.
#include "agent/cli/k3s.hpp"

#include <format>
#include <fstream>
#include <iostream>
#include <optional>
#include <print>
#include <utility>

#include <boost/json.hpp>

#include "agent/api/client.hpp"
#include "agent/base/text.hpp"
#include "agent/cli/json_view.hpp"
#include "agent/k3s_log.hpp"
#include "k3s/diagnose/combine.hpp"
#include "k3s/join/paths.hpp"

namespace kgnode::cli {
namespace {

using k3s::Diagnosis, k3s::State;

void add_all(std::istream& log, k3s::Diagnoser& diagnoser) {
  for (std::string line; std::getline(log, line);) diagnoser.add(line);
}

/// What the log says, and what the agent: nullopt when it does not answer.
struct Witnesses {
  Diagnosis log;
  std::optional<k3s::AgentWord> agent;
  std::string silence;  // why the agent says nothing
};

Result<Diagnosis> diagnose_file(const std::string& file) {
  auto diagnoser = TRY(k3s::Diagnoser::make());
  if (file == "-") {
    add_all(std::cin, diagnoser);
  } else {
    std::ifstream log(file);
    if (!log) return fail(Error::from_errno("open " + quote(file)));
    add_all(log, diagnoser);
  }
  return diagnoser.diagnose();
}

/// A node has one of the two; after a change of its role the other one is silent.
Diagnosis diagnose_journal() {
  for (const auto* unit : {k3s::kServerUnit, k3s::kAgentUnit}) {
    auto found = diagnose_unit(unit);
    if (found && found->state != State::unknown) return *std::move(found);
  }
  return {};
}

std::string text_at(const boost::json::value& answer, std::string_view key) {
  const auto* text = at(answer, key).if_string();
  return text == nullptr ? std::string() : printable(*text);
}

Witnesses ask_both() {
  Witnesses witnesses{.log = diagnose_journal(), .agent = std::nullopt, .silence = {}};
  auto answer = api::call({.target = "/v1/k3s"});
  if (!answer) {
    witnesses.silence = answer.error().message();
  } else if (answer->status >= 300) {
    witnesses.silence = std::format("the agent answers with status {}", answer->status);
  } else {
    const auto& body = answer->body;
    witnesses.agent = k3s::AgentWord{.stage = text_at(body, "stage"),
                                     .cause = text_at(body, "cause"),
                                     .why = text_at(body, "why"),
                                     .remedy = text_at(body, "remedy")};
  }
  return witnesses;
}

boost::json::value text_or_null(const std::string& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

std::string render(const Diagnosis& found) {
  std::string text = std::format("{}", to_string(found.state));
  if (found.cause.empty()) return text + ": the log has no line that is known\n";
  const bool from_log = !found.meaning.empty() || found.state == State::stopped;
  text += std::format(
      ": {} ({})\n",
      from_log ? (found.meaning.empty() ? "as it was told to" : found.meaning) : found.evidence,
      found.cause);
  if (from_log) text += std::format("  line    {}\n", found.evidence);
  if (found.count > 1)
    text += std::format("  seen    {} times since the last start\n", found.count);
  if (!found.remedy.empty()) text += std::format("  remedy  {}\n", found.remedy);
  return text;
}

void print(const Diagnosis& found, bool json) {
  if (!json) {
    std::print("{}", render(found));
    return;
  }
  std::println(
      "{}", boost::json::serialize(boost::json::object{{"state", to_string(found.state)},
                                                       {"cause", text_or_null(found.cause)},
                                                       {"evidence", text_or_null(found.evidence)},
                                                       {"meaning", text_or_null(found.meaning)},
                                                       {"remedy", text_or_null(found.remedy)},
                                                       {"count", found.count}}));
}

}  // namespace

int diagnose_k3s(const std::string& file, bool json) {
  Result<Diagnosis> found = Diagnosis();
  if (!file.empty()) {
    found = diagnose_file(file);
  } else {
    const auto witnesses = ask_both();
    if (!witnesses.agent)
      std::println(stderr, "kgnode: by the journal alone, without a look at the servers: {}",
                   witnesses.silence);
    found = witnesses.agent ? combine(witnesses.log, *witnesses.agent) : witnesses.log;
  }
  if (!found) {
    std::println(stderr, "kgnode: {}", found.error().message());
    return 1;
  }
  print(*found, json);
  return found->state == State::failed || found->state == State::unknown ? 1 : 0;
}

}  // namespace kgnode::cli
