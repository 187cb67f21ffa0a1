/// What a boot means for the slot that it was of.
#include "agent/slots/gate.hpp"

#include <algorithm>
#include <format>

namespace kgnode::slots {
namespace {

constexpr std::string_view kSilent =
    "it did not come up: a panic, a hang, a damaged block or a power cut in each of its tries; see "
    "journalctl --list-boots and the console log";

bool has_way_back(std::span<const Entry> entries, std::string_view running) {
  return std::ranges::any_of(entries, [running](const Entry& entry) {
    return entry.version != running && entry.is_good();
  });
}

Record judged(Record record, Outcome outcome, std::string reason) {
  record.outcome = outcome;
  record.reason = std::move(reason);
  return record;
}

}  // namespace

std::string trouble_of(const NodeWord& word, const std::optional<Record>& record,
                       const Running& running) {
  // To wait for other nodes, or for K3s, is no fault of the slot.
  if (!word.healthy && word.phase != "joining")
    return std::format("{}: {}", word.phase, word.reason);
  const bool is_update =
      record && record->outcome == Outcome::written && record->version == running.version;
  if (!is_update) return {};
  if (record->was_ready && word.phase != "ready")
    return std::format("K3s was ready before the update, and is not: {}", word.phase);
  if (record->heard_peers && !word.hears_peers)
    return "other nodes were heard before the update, and none is";
  return {};
}

Judgement judge_boot(const Boot& boot, const std::optional<Record>& record,
                     std::span<const Entry> entries) {
  const auto& running = boot.running;
  const bool awaited = record && record->outcome == Outcome::written;
  const bool is_update = awaited && record->version == running.version;
  Judgement judgement;
  if (awaited && !is_update && record->boot_id != boot.boot_id)
    judgement.record = judged(*record, Outcome::failed, std::string(kSilent));
  if (boot.trouble.empty()) {
    if (is_update) judgement.record = judged(*record, Outcome::good, {});
    auto& kept = judgement.record;
    const auto highest = record ? record->rollback_index : 0;
    if (running.rollback_index > highest) {
      if (!kept)
        kept = record.value_or(Record{.version = running.version, .outcome = Outcome::good});
      kept->rollback_index = running.rollback_index;
    }
    return judgement;
  }
  const auto* own = find_entry(entries, running.version);
  const bool on_trial = own != nullptr && !own->is_good();
  if (!on_trial || !has_way_back(entries, running.version)) return judgement;
  if (is_update) judgement.record = judged(*record, Outcome::failed, boot.trouble);
  judgement.give_up = *own;
  return judgement;
}

}  // namespace kgnode::slots
