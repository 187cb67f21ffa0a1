/// Lines in, bans out. Nothing here waits.
#include "hardening/ban/engine.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "agent/base/text.hpp"
#include "agent/base/units.hpp"

namespace kgnode::hardening::ban {

Engine::Engine(Parts parts, sys::FdSet sources)
    : parts_(std::move(parts)),
      sources_(std::move(sources)),
      tally_(kSources, parts_.seed),
      judge_(tally_, parts_.book) {
  parts_.timers.after(kTidyAfter, [this] { tidy(); });
}

std::string Engine::trouble() const {
  std::vector<std::string> all;
  for (const auto& one :
       {journal_trouble_, files_trouble_, store_trouble_, parts_.book.trouble()}) {
    if (!one.empty()) all.push_back(one);
  }
  return join(all, "; ");
}

void Engine::look() {
  const bool more_entries = read_journal();
  const bool more_lines = read_files();
  if (more_entries || more_lines) look_soon();
}

void Engine::look_soon() {
  if (std::exchange(look_armed_, true)) return;
  parts_.timers.after(std::chrono::milliseconds(0), [this] {
    look_armed_ = false;
    look();
  });
}

void Engine::note_gap(sys::Continuity continuity) const {
  if (continuity == sys::Continuity::gap)
    parts_.tell("ban: the journal was cut before it was read: some lines did not count");
  if (continuity == sys::Continuity::unknown)
    parts_.tell("ban: the place in the journal was not found again: lines may be missing");
}

/// True: there may be more.
bool Engine::read_journal() {
  if (!journal_) return false;
  journal_trouble_.clear();
  if (const auto noticed = journal_->process()) {
    note_gap(*noticed);
  } else {
    journal_trouble_ = noticed.error().message();
  }
  std::size_t read = 0;
  for (; read < kLines; ++read) {
    const auto entry = journal_->next();
    if (!entry) journal_trouble_ = entry.error().message();
    if (!entry || !*entry) break;
    judge_entry(**entry);
  }
  carry_out();
  if (read > 0) save_soon();
  return read == kLines;
}

void Engine::judge_entry(const sys::JournalEntry& entry) {
  if (entry.cut) return;  // its end is not the sender's
  for (std::size_t i = 0; i < jails_.size(); ++i) {
    if (jails_[i].journal.empty()) continue;
    ++counters_[i].lines;
    const auto hit = jails_[i].match(entry.message);
    if (!hit) {
      count_shape(i, entry.message, true);
    } else if (is_trusted(jails_[i])) {
      convict(i, *hit, entry.message, entry.time);
    }
  }
}

/// Whether journald says that the entry came from who may write such lines. The unit is missing
/// where the process had ended already; then what the journal was asked for has to do.
bool Engine::is_trusted(const Jail& jail) {
  const auto unit = journal_->field("_SYSTEMD_UNIT");
  return unit && (!*unit || is_of_unit(jail, **unit));
}

bool Engine::read_files() {
  if (!files_) return false;
  const auto batch = files_->poll(kLines);
  files_trouble_ = batch ? std::string() : batch.error().message();
  note_file_losses();
  if (!batch) return false;
  for (const auto& line : batch->lines) judge_line(line);
  carry_out();
  if (!batch->lines.empty()) save_soon();
  return batch->more;
}

void Engine::note_file_losses() {
  const auto counters = files_->counters();
  if (counters.gaps > std::exchange(file_gaps_, counters.gaps))
    parts_.tell("ban: a log file was gone before it was read again: lines may be missing");
  if (counters.left_out > 0 && files_trouble_.empty()) {
    files_trouble_ = std::format("{} log files or folders are not followed: there are too many",
                                 counters.left_out);
  }
}

void Engine::judge_line(const sys::FileLine& line) {
  auto text = line.text;
  if (const auto part = is_pod_log(line.path) ? strip_cri(text) : std::nullopt) {
    const auto joiner = joiners_.find(line.path);
    auto& parts = joiner == joiners_.end() ? joiners_[std::string(line.path)] : joiner->second;
    const auto whole = parts.add(*part);
    if (!whole) return;
    text = *whole;
  }
  for (const auto pattern : line.patterns)
    judge_text(file_jails_[pattern], text, parts_.clock.wall());
}

void Engine::judge_text(std::size_t jail, std::string_view text, Time at) {
  ++counters_[jail].lines;
  if (const auto hit = jails_[jail].match(text)) {
    convict(jail, *hit, text, at);
  } else {
    count_shape(jail, text, false);
  }
}

/// Every jail that reads the journal sees what any of them asked for: what is strange to one may be
/// another's.
void Engine::count_shape(std::size_t jail, std::string_view text, bool from_journal) {
  if (jails_[jail].shape == nullptr) return;
  const auto shape = jails_[jail].shape(text);
  auto& seen = counters_[jail];
  if (shape == Shape::foreign) return;
  if (shape == Shape::known) ++seen.harmless;
  if (shape == Shape::unknown && from_journal && !is_trusted(jails_[jail])) return;
  if (shape == Shape::unknown) ++seen.unknown;
  const bool was_too_much = seen.misread.is_too_much();
  seen.misread.count(shape);
  if (was_too_much || !seen.misread.is_too_much()) return;
  parts_.tell(std::format("ban: jail {} does not know the shape of most of the lines it reads: {}",
                          jails_[jail].rule.jail, quote(text.substr(0, kShownBytes))));
  parts_.run_domain();
}

void Engine::convict(std::size_t jail, const Hit& hit, std::string_view line, Time at) {
  ++counters_[jail].hits;
  counters_[jail].misread.count(Shape::known);
  recent_.add(hit.address, line);
  auto ban = judge_.judge(jail, hit, at);
  if (!ban) return;
  // Those of this batch are not in the book yet.
  if (std::ranges::any_of(decided_,
                          [&ban](const NewBan& one) { return one.ban.source == ban->source; }))
    return;
  ++counters_[jail].bans;
  auto lines = recent_.of(ban->source);
  decided_.push_back({.ban = *std::move(ban), .lines = std::move(lines)});
}

void Engine::carry_out() {
  if (decided_.empty()) return;
  const auto bans = std::exchange(decided_, {});
  if (const auto done = parts_.book.add(bans, parts_.clock.wall()); !done) {
    parts_.tell("ban: " + done.error().message());
    parts_.run_domain();
  }
  for (const auto& [ban, lines] : bans) {
    parts_.tell(std::format(
        "ban: {} is banned for {} by jail {}{}", to_string(ban.source),
        kgnode::to_string(std::chrono::duration_cast<std::chrono::seconds>(ban.until - ban.since)),
        ban.jail, ban.strikes > 1 ? std::format(", for the {}. time", ban.strikes) : ""));
  }
}

void Engine::tidy() {
  const auto now = parts_.clock.wall();
  tally_.prune(now);
  const auto remember = settings_ ? settings_->remember : std::chrono::days(30);
  const auto more = parts_.book.tidy(now, now - remember);
  store_trouble_ = more ? std::string() : more.error().message();
  for (const auto& note : parts_.store.take_notes()) parts_.tell("ban: " + note);
  const bool again = more && *more;
  parts_.timers.after(again ? std::chrono::milliseconds(100) : kTidyAfter, [this] { tidy(); });
}

}  // namespace kgnode::hardening::ban
