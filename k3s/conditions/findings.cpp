/// What the doctor says of what the cluster was told.
#include <format>

#include "agent/base/units.hpp"
#include "k3s/conditions/tell.hpp"

namespace kgnode::k3s {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

// Two times in a row nothing was told.
constexpr std::chrono::minutes kLongAgo(11);

std::string tell_last(const TellFacts& facts) {
  if (!facts.last || facts.last->told_at == 0) return "; it was not told since the node booted";
  const auto ago = facts.now - sys_seconds(seconds(facts.last->told_at));
  return std::format("; it was told last {} ago", kgnode::to_string(std::max(ago, seconds(1))));
}

std::string tell_waiting(const TellFacts& facts) {
  if (!facts.last || facts.last->waiting == 0) return {};
  return std::format("; {} events wait", facts.last->waiting);
}

}  // namespace

TellFacts read_tell_facts(sys::Files& files, sys_seconds now) {
  TellFacts facts{.last = {}, .now = now};
  const auto text = files.read(kTellReport);
  if (!text || !*text) return facts;
  auto report = parse_tell_report(**text);
  if (report) facts.last = *std::move(report);
  return facts;
}

core::Finding tell_finding(const TellFacts& facts, const std::optional<NodeSeen>& node) {
  core::Finding finding{.id = "k3s.conditions", .text = {}, .remedy = "kgnode k3s diagnose"};
  const std::string begin = "the cluster is not told how this node is";
  if (!node || !node->answered) {
    const auto why = node && !node->text.empty() ? node->text : "the API does not answer";
    finding.text = std::format("{}: {}{}", begin, why, tell_last(facts) + tell_waiting(facts));
    return finding;
  }
  if (!facts.last) {
    finding.kind = core::FindingKind::unknown;
    finding.text = "the cluster was not told yet how this node is";
    finding.remedy = "journalctl -u kgnode-k3s-tell, if it lasts longer than a minute";
    return finding;
  }
  if (!facts.last->told) {
    finding.text =
        std::format("{}: {}{}", begin, facts.last->text, tell_last(facts) + tell_waiting(facts));
    finding.remedy = "nothing: it is tried again; journalctl -u kgnode-k3s-tell";
    return finding;
  }
  const auto ago = facts.now - sys_seconds(seconds(facts.last->told_at));
  if (ago > kLongAgo) {
    finding.text = begin + tell_last(facts);
    finding.remedy = "journalctl -u kgnode-k3s-tell";
    return finding;
  }
  std::size_t problems = 0;
  std::size_t unknown = 0;
  for (const auto& one : facts.last->conditions) {
    if (one.status == kTrue) ++problems;
    if (one.status == kUnknown) ++unknown;
  }
  return {.id = finding.id,
          .kind = core::FindingKind::pass,
          .text = std::format("of {} conditions that its Node has from here {} are problems and {} "
                              "unknown",
                              facts.last->conditions.size(), problems, unknown),
          .remedy = {}};
}

}  // namespace kgnode::k3s
