/// Where the lines come from, and how far they were read.
#include <algorithm>
#include <format>
#include <utility>

#include "hardening/ban/engine.hpp"

namespace kgnode::hardening::ban {
namespace {

/// Of the journal that was not read by an earlier life, this much still counts.
std::chrono::seconds longest_window(const std::vector<Jail>& jails) {
  std::chrono::seconds longest{0};
  for (const auto& jail : jails) longest = std::max(longest, jail.rule.window);
  return longest;
}

}  // namespace

Result<> Engine::work_by(const config::Ban& settings, std::vector<Never> never) {
  if (settings_ == settings) {
    judge_.set_never(std::move(never));
    return {};
  }
  auto jails = settings.enabled ? TRY(make_jails(settings)) : std::vector<Jail>();
  // What was counted goes with the jails that stay.
  const auto before = settings_ ? std::optional(make_checkpoint()) : load();
  jails_ = std::move(jails);
  counters_.assign(jails_.size(), {});
  judge_.set_rules(make_rules(settings, jails_, std::move(never)));
  if (before) restore_counts(*before, name_jails(judge_.rules()), tally_);
  TRY(open_journal(before ? before->cursor : std::string()));
  TRY(open_files(before ? std::optional(before->files) : std::nullopt));
  settings_ = settings;
  look_soon();
  return {};
}

Result<> Engine::open_journal(const std::string& cursor) {
  journal_.reset();
  std::vector<sys::JournalMatch> matches;
  for (const auto& jail : jails_) {
    if (!jail.journal.empty()) matches.push_back(jail.journal);
  }
  if (matches.empty()) return {};
  journal_ = TRY(parts_.open_journal(std::move(matches)));
  TRY(sources_.add(journal_->fd()));
  if (cursor.empty()) return journal_->seek_since(parts_.clock.wall() - longest_window(jails_));
  note_gap(TRY(journal_->seek(cursor)));
  return {};
}

Result<> Engine::open_files(std::optional<std::vector<sys::FilePosition>> positions) {
  files_.reset();
  file_gaps_ = 0;
  file_jails_.clear();
  std::vector<std::string> patterns;
  for (std::size_t i = 0; i < jails_.size(); ++i) {
    if (jails_[i].file.empty()) continue;
    patterns.push_back(jails_[i].file);
    file_jails_.push_back(i);
  }
  if (patterns.empty()) return {};
  files_ = TRY(parts_.open_files(std::move(patterns), std::move(positions)));
  return sources_.add(files_->fd());
}

Checkpoint Engine::make_checkpoint() {
  auto checkpoint = note_places();
  tally_.for_each([&checkpoint](const Tally::Entry& entry) { checkpoint.counts.push_back(entry); });
  return checkpoint;
}

/// How far everything is read, without the counts.
Checkpoint Engine::note_places() {
  Checkpoint checkpoint{.jails = name_jails(judge_.rules())};
  if (journal_) {
    auto cursor = journal_->cursor();
    if (cursor) {
      checkpoint.cursor = *std::move(cursor);
    } else {
      journal_trouble_ = cursor.error().message();
    }
  }
  if (files_) checkpoint.files = files_->positions();
  return checkpoint;
}

std::optional<Checkpoint> Engine::load() {
  const auto bytes = parts_.store.load_progress();
  if (!bytes) {
    parts_.tell("ban: how far the logs were read is not known: " + bytes.error().message());
    return std::nullopt;
  }
  if (!*bytes) return std::nullopt;
  auto checkpoint = decode(**bytes);
  if (!checkpoint) parts_.tell("ban: the record of how far the logs were read is damaged");
  return checkpoint;
}

void Engine::save_soon() {
  if (std::exchange(save_armed_, true)) return;
  parts_.timers.after(kSaveAfter, [this] {
    save_armed_ = false;
    save();
  });
}

void Engine::save() {
  if (!settings_) return;
  const auto saved = parts_.store.save_progress(encode(note_places(), tally_));
  store_trouble_ = saved ? std::string()
                         : "how far the logs were read is not stored: " + saved.error().message();
  if (!saved) save_soon();
}

}  // namespace kgnode::hardening::ban
