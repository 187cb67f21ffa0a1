/// The journal through sd-journal.
#include "agent/sys/real_journal.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <format>
#include <utility>

#include <systemd/sd-journal.h>

#include "agent/base/handle.hpp"
#include "agent/base/text.hpp"
#include "agent/sys/mapped_memory.hpp"

namespace kgnode::sys {
namespace {

using JournalPtr = kgnode::Handle<sd_journal, sd_journal_close>;
using Time = std::chrono::system_clock::time_point;

// sd-journal unmaps nothing that it has read: 100 MB of journal, read once, are 80 MB resident. So
// pages are given back whenever this much has come together, ...
constexpr std::size_t kSpareMemory = std::size_t{2} << 20;
// ... not counting the header of each file, which every look touches: the kernel maps 16 pages
// then.
constexpr std::size_t kMemoryPerFile = std::size_t{64} << 10;
constexpr std::size_t kLookAfter = 1024;

Time to_time(std::uint64_t usec) { return Time(std::chrono::microseconds(usec)); }

/// The cursor of the entry that the journal stands on.
Result<std::string> read_cursor(sd_journal* journal) {
  char* text = nullptr;
  const int r = ::sd_journal_get_cursor(journal, &text);
  if (r < 0) return fail(Error::from_errno("read the journal's cursor", r));
  std::string cursor(text);
  std::free(text);  // NOLINT(cppcoreguidelines-no-malloc): sd_journal_get_cursor(3) wants it so
  return cursor;
}

Result<> add_field(sd_journal* journal, const JournalField& field) {
  for (const auto& value : field.values) {
    const auto text = field.name + "=" + value;
    const int r = ::sd_journal_add_match(journal, text.data(), text.size());
    if (r < 0) return fail(Error::from_errno("match " + quote(text) + " in the journal", r));
  }
  return {};
}

std::uint64_t to_usec(Time time) {
  const auto since_epoch =
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch());
  return since_epoch.count() < 0 ? 0 : static_cast<std::uint64_t>(since_epoch.count());
}

/// The value of "t=..." in "s=...;i=...;b=...;m=...;t=...;x=...".
std::string_view part_of(std::string_view cursor, char name) {
  for (const auto part : split(cursor, ';')) {
    if (part.size() > 2 && part[0] == name && part[1] == '=') return part.substr(2);
  }
  return {};
}

/// sd_journal_test_cursor also compares the sequence number, which an entry changes when journald
/// moves it from /run to /var.
bool is_same_entry(std::string_view a, std::string_view b) {
  return std::ranges::all_of(std::string_view("bmtx"),
                             [a, b](char name) { return part_of(a, name) == part_of(b, name); });
}

}  // namespace

struct RealJournal::Handle {
  JournalPtr journal;
};

RealJournal::RealJournal(Options options, FdSet events)
    : options_(std::move(options)), events_(std::move(events)) {}
RealJournal::~RealJournal() = default;
RealJournal::RealJournal(RealJournal&&) noexcept = default;
RealJournal& RealJournal::operator=(RealJournal&&) noexcept = default;

Result<RealJournal> RealJournal::open(Options options) {
  RealJournal journal(std::move(options), TRY(FdSet::make()));
  TRY(journal.open_handle());
  TRY(journal.go());
  return journal;
}

std::vector<std::string> RealJournal::roots() const {
  if (!options_.folder.empty()) return {options_.folder};
  return {"/var/log/journal", "/run/log/journal"};
}

std::vector<ino_t> RealJournal::look_at_roots() const {
  std::vector<ino_t> inodes;
  for (const auto& path : roots()) {
    struct stat found{};
    inodes.push_back(::stat(path.c_str(), &found) == 0 ? found.st_ino : 0);
  }
  return inodes;
}

Result<> RealJournal::open_handle() {
  handle_.reset();
  roots_ = look_at_roots();  // before opening: what comes in between is noticed by process()
  sd_journal* opened = nullptr;
  const int r = options_.folder.empty()
                    ? ::sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY)
                    : ::sd_journal_open_directory(&opened, options_.folder.c_str(), 0);
  if (r == -ENOENT) return {};
  if (r < 0) return fail(Error::from_errno("open the journal", r));
  auto handle = std::make_unique<Handle>(JournalPtr(opened));
  (void)::sd_journal_set_data_threshold(opened, kMessageLimit + 64);  // fails on null only
  const int fd = ::sd_journal_get_fd(opened);
  if (fd < 0) return fail(Error::from_errno("open the journal: watch its files", fd));
  TRY(events_.add(fd));
  handle_ = std::move(handle);
  return {};
}

Result<> RealJournal::add_matches() {
  sd_journal* journal = handle_->journal.get();
  for (const auto& match : options_.matches) {
    // Before each: a term that is left empty at the end matches nothing, and so does the whole.
    if (const int r = ::sd_journal_add_disjunction(journal); r < 0)
      return fail(Error::from_errno("combine matches of the journal", r));
    for (const auto& field : match) TRY(add_field(journal, field));
  }
  return {};
}

Result<Continuity> RealJournal::seek(const std::string& cursor) {
  cursor_ = cursor;
  return go();
}

Result<> RealJournal::seek_since(Time time) {
  cursor_.clear();
  since_ = time;
  TRY(go());
  return {};
}

Result<Continuity> RealJournal::go() {
  waiting_ = ahead_ = false;
  unlooked_ = 1;  // seeking touches every file
  if (!handle_) return cursor_.empty() ? Continuity::exact : Continuity::gap;
  if (!cursor_.empty()) return go_to_cursor();
  ::sd_journal_flush_matches(handle_->journal.get());
  TRY(add_matches());
  const int r = ::sd_journal_seek_realtime_usec(handle_->journal.get(), to_usec(since_));
  if (r < 0) return fail(Error::from_errno("seek a time in the journal", r));
  return Continuity::exact;
}

Result<Continuity> RealJournal::go_to_cursor() {
  // Without matches first: they may be others than when the cursor was taken.
  ::sd_journal_flush_matches(handle_->journal.get());
  const bool found = TRY(step_to(cursor_));
  TRY(add_matches());
  const bool on_it = TRY(step_to(cursor_));
  waiting_ = waiting_ && !on_it;
  if (found) return Continuity::exact;
  return judge_absence();
}

/// True when it stops on the entry of the cursor itself; waiting_ tells whether on any.
Result<bool> RealJournal::step_to(const std::string& cursor) {
  sd_journal* journal = handle_->journal.get();
  waiting_ = false;
  int r = ::sd_journal_seek_cursor(journal, cursor.c_str());
  if (r < 0) return fail(Error::from_errno("seek " + quote(cursor) + " in the journal", r));
  r = ::sd_journal_next(journal);
  if (r < 0) return fail(Error::from_errno("read the journal", r));
  if (r == 0) return false;
  waiting_ = true;
  return is_same_entry(TRY(read_cursor(journal)), cursor);
}

Result<Continuity> RealJournal::judge_absence() {
  const auto of_cursor = parse_int<std::uint64_t>(part_of(cursor_, 't'), 16);
  std::uint64_t oldest = 0;
  const int r = ::sd_journal_get_cutoff_realtime_usec(handle_->journal.get(), &oldest, nullptr);
  if (r < 0) return fail(Error::from_errno("read the age of the journal", r));
  if (r == 0) return Continuity::gap;  // it is empty
  return of_cursor && oldest > *of_cursor ? Continuity::gap : Continuity::unknown;
}

Result<std::optional<JournalEntry>> RealJournal::next() {
  if (!handle_) return std::nullopt;
  const int r = std::exchange(waiting_, false) ? 1 : ::sd_journal_next(handle_->journal.get());
  if (r < 0) return fail(Error::from_errno("read the journal", r));
  if (r == 0 && !TRY(look_again())) {
    if (unlooked_ > 0) trim();
    return std::nullopt;
  }
  ahead_ = true;
  if (++unlooked_ >= kLookAfter) trim();
  return read_entry();
}

/// sd-journal keeps how many entries a file had when it found no more, and looks again only when
/// there are others. But journald counts an entry before it can be found by its fields, so one
/// would be missed for as long as nothing else is logged. Going to the place anew forgets that
/// number.
Result<bool> RealJournal::look_again() {
  TRY(remember());
  ++unlooked_;
  if (cursor_.empty()) {
    TRY(go());
  } else if (!TRY(step_to(cursor_))) {
    return std::exchange(waiting_, false);
  }
  waiting_ = false;
  const int r = ::sd_journal_next(handle_->journal.get());
  if (r < 0) return fail(Error::from_errno("read the journal", r));
  return r > 0;
}

void RealJournal::trim() {
  unlooked_ = 0;
  if (resident_file_memory() < trim_above_) return;
  const auto files = release_mapped_pages(".journal");
  trim_above_ = resident_file_memory() + kSpareMemory + files * kMemoryPerFile;
}

JournalEntry RealJournal::read_entry() {
  static constexpr std::string_view kPrefix = "MESSAGE=";
  JournalEntry entry;
  message_.clear();
  const void* data = nullptr;
  std::size_t size = 0;
  const int r = ::sd_journal_get_data(handle_->journal.get(), "MESSAGE", &data, &size);
  if (r >= 0 && size >= kPrefix.size()) {
    // Copied, because asking for another field may unmap it.
    const std::string_view text(static_cast<const char*>(data), size);
    message_ = text.substr(kPrefix.size(), kMessageLimit);
    entry.cut = size - kPrefix.size() > kMessageLimit;
  } else if (r != -ENOENT) {
    ++unreadable_;
  }
  entry.message = message_;
  std::uint64_t usec = 0;
  if (::sd_journal_get_realtime_usec(handle_->journal.get(), &usec) < 0) ++unreadable_;
  entry.time = to_time(usec);
  return entry;
}

Result<std::optional<std::string>> RealJournal::field(std::string_view name) {
  if (!handle_) return std::nullopt;
  const void* data = nullptr;
  std::size_t size = 0;
  const std::string field(name);
  const int r = ::sd_journal_get_data(handle_->journal.get(), field.c_str(), &data, &size);
  if (r == -ENOENT) return std::nullopt;
  if (r < 0) return fail(Error::from_errno("read " + quote(name) + " of a journal entry", r));
  const std::string_view text(static_cast<const char*>(data), size);
  return std::string(text.substr(std::min(size, name.size() + 1), kMessageLimit));
}

/// From here on cursor_ is the entry read last, whatever happens to the file that holds it.
Result<> RealJournal::remember() {
  if (!ahead_) return {};
  cursor_ = TRY(read_cursor(handle_->journal.get()));
  ahead_ = false;
  return {};
}

Result<std::string> RealJournal::cursor() {
  TRY(remember());
  return cursor_;
}

Result<Continuity> RealJournal::process() {
  TRY(remember());
  // sd-journal does not notice a folder that appears where none was: the first boot, or the day on
  // which the journal becomes persistent.
  if (look_at_roots() != roots_) {
    TRY(open_handle());
    return go();
  }
  if (!handle_) return Continuity::exact;
  const int r = ::sd_journal_process(handle_->journal.get());
  if (r < 0) return fail(Error::from_errno("watch the journal's files", r));
  // The file of the entry that waits may be gone.
  if (r == SD_JOURNAL_INVALIDATE && waiting_) return go();
  return Continuity::exact;
}

}  // namespace kgnode::sys
