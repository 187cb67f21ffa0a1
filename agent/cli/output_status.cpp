/// The status of a node as text for people, in one screen.
#include <algorithm>
#include <format>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "agent/cli/json_view.hpp"
#include "agent/cli/output.hpp"
#include "agent/cli/output_parts.hpp"

namespace kgnode::cli {

using boost::json::value;

namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kShownChanges = 5;
constexpr std::size_t kShownPeers = 4;

/// How long after the start each phase came; nobody asks when it began to boot.
std::string render_phase_times(const value& status) {
  std::string text;
  for (const auto& time : list_at(status, "phases")) {
    const auto& seconds = at(time, "seconds");
    if (show_at(time, "name") == "booting" || !seconds.is_number()) continue;
    text += std::format("{}{} after {:.1f} s", text.empty() ? "" : ", ", show_at(time, "name"),
                        seconds.to_number<double>());
  }
  return text;
}

/// A domain of which one line with others says enough.
bool is_quiet(const value& domain) {
  const auto& heals = at(domain, "heals");
  return show_at(domain, "phase") == "in_sync" && (!heals.is_number() || show(heals) == "0");
}

std::string list_quiet(const value& status) {
  std::string names;
  for (const auto& domain : list_at(status, "domains")) {
    if (is_quiet(domain)) names += (names.empty() ? "" : ", ") + show_at(domain, "name");
  }
  return names;
}

Tone tone_of_count(const std::string& count, Tone tone) {
  return count == "0" || count == "-" ? Tone::plain : tone;
}

std::string render_peer_counts(const value& peers, const Paint& paint) {
  auto text = std::format("{} of {} heard", show_at(peers, "alive"), show_at(peers, "known"));
  for (const auto& [name, tone] :
       {std::pair{"suspect", Tone::warning}, {"gone", Tone::bad}, {"unheard", Tone::warning}}) {
    const auto count = show_at(peers, name);
    if (tone_of_count(count, tone) != Tone::plain)
      text += ", " + paint(tone, std::format("{} {}", count, name));
  }
  return text;
}

/// Who is not heard, and why.
std::string render_silent(const value& peers, const Paint& paint) {
  const auto silent = list_at(peers, "silent");
  std::string text;
  if (!at(peers, "trouble").is_null())
    text += std::format("  {} {}\n", paint(Tone::bad, "x"), show_at(peers, "trouble"));
  for (const auto& peer : silent.first(std::min(silent.size(), kShownPeers))) {
    const auto state = show_at(peer, "state");
    const auto tone = tone_of(state);
    const auto& name = at(peer, "name").is_null() ? at(peer, "address") : at(peer, "name");
    text += std::format("  {} {} {}: {}\n", paint(tone, tone == Tone::bad ? "x" : "!"), show(name),
                        paint(tone, state), show_at(peer, "why"));
  }
  if (silent.size() > kShownPeers)
    text += std::format("  ! {} or more others: kgnode cluster\n", silent.size() - kShownPeers);
  return text.empty() ? text : "\npeers\n" + text;
}

std::string render_notes(const value& first_boot, std::string_view kind, char mark) {
  constexpr std::size_t kShown = 8;
  const auto notes = list_at(first_boot, kind);
  std::string text;
  for (const auto& note : notes.first(std::min(kShown, notes.size())))
    text += std::format("  {} {}: {}\n", mark, show_at(note, "where"), show_at(note, "text"));
  if (notes.size() > kShown) {
    text +=
        std::format("  {} {} more {}: -o json has them all\n", mark, notes.size() - kShown, kind);
  }
  return text;
}

/// Where each value is from matters until the node is as it should be.
std::string render_first_boot(const value& first_boot, bool is_well) {
  Rows rows{{"NAME", "VALUE", "FROM"}};
  for (const auto& item : list_at(first_boot, "values"))
    rows.push_back({show_at(item, "name"), show_at(item, "value"), show_at(item, "from")});
  const value& source = at(first_boot, "source");
  std::string text =
      std::format("\nfirst boot: {} {}", show_at(source, "kind"), show_at(source, "place"));
  if (is_well && rows.size() > 1)
    text += std::format(", {} values (-o json has them)", rows.size() - 1);
  text += "\n";
  if (!is_well && rows.size() > 1) text += render_table(rows, "  ");
  if (!at(first_boot, "error").is_null()) text += "  x " + show_at(first_boot, "error") + "\n";
  // What is missing on the node comes before what was only ignored.
  return text + render_notes(first_boot, "errors", 'x') + render_notes(first_boot, "warnings", '!');
}

Rows make_facts(const value& status, const Paint& paint) {
  const value& node = at(status, "node");
  const value& config = at(status, "config");
  const auto phase = show_at(status, "phase");
  Rows facts{{"node", std::format("{}, {}, {}, kgnode {}",
                                  paint(Tone::strong, show_at(node, "name")), show_at(node, "role"),
                                  show_at(node, "environment"), show_at(node, "version"))},
             {"phase", paint(tone_of(phase), phase)}};
  if (!at(status, "reason").is_null()) facts.back()[1] += ": " + show_at(status, "reason");
  if (const auto times = render_phase_times(status); !times.empty())
    facts.push_back({"reached", times});
  facts.push_back(
      {"config", std::format("{}, generation {}, loaded {}", show_at(config, "path"),
                             show_at(status, "generation"), show_time(at(config, "loaded_at")))});
  if (!at(status, "peers").is_null())
    facts.push_back({"peers", render_peer_counts(at(status, "peers"), paint)});
  if (!at(status, "bans").is_null())
    facts.push_back({"bans", render_ban_counts(at(status, "bans"))});
  if (!at(status, "pending").is_null())
    facts.push_back({"pending", paint(Tone::warning, render_pending(at(status, "pending")))});
  if (const auto quiet = list_quiet(status); !quiet.empty())
    facts.push_back({"in sync", paint(Tone::good, quiet)});
  return facts;
}

/// Those that are not as they should be, or were not.
Rows make_domains(const value& status, const Paint& paint) {
  Rows rows;
  for (const auto& domain : list_at(status, "domains")) {
    if (is_quiet(domain)) continue;
    const auto phase = show_at(domain, "phase");
    rows.push_back({show_at(domain, "name"), paint(tone_of(phase), phase),
                    show_time(at(domain, "last_run")), show_time(at(domain, "last_change")),
                    show_at(domain, "heals")});
  }
  if (!rows.empty())
    rows.insert(rows.begin(), {"DOMAIN", "CONDITION", "LAST RUN", "LAST CHANGE", "HEALED"});
  return rows;
}

}  // namespace

std::string render_status(const value& status) { return render_status(status, Paint()); }

std::string render_status(const value& status, const Paint& paint) {
  std::string text = render_table(make_facts(status, paint));
  if (const auto rows = make_domains(status, paint); !rows.empty())
    text += "\n" + render_table(rows);
  text += render_silent(at(status, "peers"), paint);
  const std::string details = render_domains(status, false);
  if (!details.empty()) text += "\n" + details;
  const auto phase = show_at(status, "phase");
  if (!at(status, "first_boot").is_null())
    text += render_first_boot(at(status, "first_boot"), phase == "ready" || phase == "hardened");
  const auto changes = list_at(status, "changes");
  if (!changes.empty()) {
    const auto last = changes.last(std::min(changes.size(), kShownChanges));
    text += "\nlast changes\n" + render_entries(last, "  ");
  }
  return text;
}

}  // namespace kgnode::cli
