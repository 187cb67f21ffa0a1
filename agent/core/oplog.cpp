/// The operations log: opening and repairing, appending, the files it is made of.
#include "agent/core/oplog.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <format>
#include <utility>

#include <boost/json.hpp>

#include "agent/base/text.hpp"

namespace kgnode::core {
namespace {

// The answer to "show me the log" holds at most this much text.
constexpr std::size_t kTailBytes = std::size_t{1} << 20;

// Keeps what cannot be trusted any more under a name that nothing here reads or overwrites.
Result<> set_aside(const LogFolder& folder, const Clock& clock, std::vector<std::string>& notes,
                   std::string_view why) {
  const std::string mark =
      std::format("aside-{}-", clock.wall().time_since_epoch() / std::chrono::microseconds(1));
  const auto names = TRY(folder.list_all());
  for (const auto& name : names) TRY(folder.rename(name, mark + name));
  notes.push_back(std::format("{}; the log starts anew, the old one is kept as {}*", why,
                              folder.path_of(mark)));
  return {};
}

Result<ChainKey> load_key(const LogFolder& folder, const Clock& clock,
                          std::vector<std::string>& notes) {
  const auto bytes = TRY(folder.read(kKeyName));
  if (bytes) {
    if (auto key = ChainKey::parse(*bytes)) return std::move(*key);
  }
  const auto names = TRY(folder.list_all());
  // A head alone without a key is a first start that was cut short: there is nothing to lose.
  const bool first_start =
      !bytes && (names.empty() || names == std::vector<std::string>{kHeadName});
  if (!first_start)
    TRY(set_aside(folder, clock, notes, "the key of the log is missing or damaged"));
  ChainKey key = ChainKey::make_random();
  // The head goes first: from here on a key without a head means that somebody removed the head.
  TRY(folder.replace(kHeadName, make_head({}, key) + "\n"));
  TRY(folder.replace(kKeyName, key.bytes()));
  return key;
}

struct LogEnd {
  std::string last_line;  // the last whole one; empty: none
  std::string torn;       // what follows it
  std::size_t bytes = 0;  // of the whole lines
};

Result<LogEnd> read_end(const LogFolder& folder, const std::string& name) {
  LogEnd end;
  LineReader reader(TRY(folder.open_file(name, O_RDONLY)));
  for (auto line = TRY(reader.next()); line; line = TRY(reader.next())) {
    if (!line->complete) {
      end.torn = std::move(line->text);
      continue;
    }
    end.bytes += line->text.size() + 1;
    end.last_line = std::move(line->text);
  }
  return end;
}

Result<std::string> read_first_line(const LogFolder& folder, const std::string& name) {
  LineReader reader(TRY(folder.open_file(name, O_RDONLY)));
  auto line = TRY(reader.next());
  return line ? std::move(line->text) : std::string();
}

// The last `bytes` of a file, from the start of a line on.
Result<std::string> read_last_lines(const LogFolder& folder, const std::string& name,
                                    std::size_t bytes) {
  const UniqueFd file = TRY(folder.open_file(name, O_RDONLY));
  const std::size_t size = TRY(read_size(file.get()));
  std::string text(std::min(size, bytes), '\0');
  const auto from = static_cast<off_t>(size - text.size());
  const ssize_t got = ::pread(file.get(), text.data(), text.size(), from);
  if (got < 0) return fail(Error::from_errno("read " + quote(folder.path_of(name))));
  text.resize(static_cast<std::size_t>(got));
  if (from > 0) text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

}  // namespace

Oplog::Oplog(Options options, const Clock& clock, LogFolder folder, ChainKey key)
    : options_(std::move(options)),
      clock_(&clock),
      folder_(std::move(folder)),
      key_(std::move(key)) {}

Result<Oplog> Oplog::open(Options options, const Clock& clock) {
  LogFolder folder = TRY(LogFolder::open_for_writing(options.folder));
  std::vector<std::string> notes;
  ChainKey key = TRY(load_key(folder, clock, notes));
  Oplog log(std::move(options), clock, std::move(folder), std::move(key));
  log.notes_ = std::move(notes);
  TRY(log.load_head());
  TRY(log.repair_tail());
  const auto found = log.notes_;
  for (const auto& note : found) {
    const auto recorded = log.append({.event = "log.repaired", .text = note, .outcome = "done"});
    // The node must start on a full disk too; the notes reach the report in any case.
    if (!recorded) log.notes_.push_back("not recorded: " + recorded.error().message());
  }
  return log;
}

Result<> Oplog::load_head() {
  const auto text = TRY(folder_.read(kHeadName));
  const auto head = parse_head(trim(text.value_or("")), key_);
  if (head) {
    head_ = *head;
    return {};
  }
  TRY(set_aside(folder_, *clock_, notes_, "the head of the log is missing or was changed"));
  return write_head({});
}

Result<> Oplog::repair_tail() {
  file_ = TRY(folder_.open_file(kLogName, O_WRONLY | O_APPEND | O_CREAT));
  auto end = TRY(read_end(folder_, kLogName));
  size_ = end.bytes;
  if (!end.torn.empty()) TRY(set_torn_aside(end.torn));
  if (end.last_line.empty()) {
    const auto rotated = TRY(folder_.list_rotated());
    if (!rotated.empty()) end = TRY(read_end(folder_, rotated.back()));
  }
  return check_end(end.last_line);
}

// A torn line is an append that never returned: nothing was done on the strength of it.
Result<> Oplog::set_torn_aside(const std::string& torn) {
  const UniqueFd aside = TRY(folder_.open_file(kTornName, O_WRONLY | O_APPEND | O_CREAT));
  TRY(write_all(aside.get(), torn + "\n"));
  if (::fsync(aside.get()) != 0)
    return fail(Error::from_errno("sync " + quote(folder_.path_of(kTornName))));
  notes_.push_back(std::format("the last line was torn ({} bytes after entry {}), moved to {}",
                               torn.size(), head_.last.seq, folder_.path_of(kTornName)));
  return cut_to_size();
}

Result<> Oplog::check_end(const std::string& last_line) {
  const auto link = parse_line(last_line, key_);
  const bool empty = last_line.empty() && head_.last == head_.before_first;
  if (empty || (link && link->point == head_.last)) return {};
  // The line was written and the head was not: the power failed between the two.
  if (link && link->point.seq == head_.last.seq + 1 && link->previous == head_.last.hash) {
    LogHead next = head_;
    next.last = link->point;
    return write_head(next);
  }
  // The chain goes on from where it truly was, so that verify keeps showing the break.
  notes_.push_back(
      std::format("the log does not end with entry {}, which it had: kgnode log verify "
                  "shows where it breaks",
                  head_.last.seq));
  return {};
}

Result<ChainPoint> Oplog::append(const LogEntry& entry) {
  if (cut_pending_) TRY(cut_to_size());
  if (size_ >= options_.file_bytes) TRY(rotate());
  const SealedLine line = make_line(entry, head_.last, {clock_->wall(), options_.boot_id}, key_);
  auto written = write_line(line);
  if (written) return line.point;
  cut_pending_ = true;
  (void)cut_to_size();  // tried again before the next entry
  return fail(std::move(written).error().in("record in " + quote(folder_.path_of(kLogName))));
}

Result<> Oplog::write_line(const SealedLine& line) {
  TRY(write_all(file_.get(), line.text + "\n"));
  if (::fdatasync(file_.get()) != 0) return fail(Error::from_errno("sync"));
  LogHead next = head_;
  next.last = line.point;
  TRY(write_head(next));
  size_ += line.text.size() + 1;
  return {};
}

Result<> Oplog::write_head(const LogHead& head) {
  TRY(folder_.replace(kHeadName, make_head(head, key_) + "\n"));
  head_ = head;
  return {};
}

Result<> Oplog::cut_to_size() {
  if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0)
    return fail(Error::from_errno("cut " + quote(folder_.path_of(kLogName))));
  cut_pending_ = false;
  return {};
}

Result<> Oplog::rotate() {
  TRY(folder_.rename(kLogName, make_rotated_name(head_.last.seq)));
  file_ = TRY(folder_.open_file(kLogName, O_WRONLY | O_APPEND | O_CREAT));
  size_ = 0;
  return remove_oldest();
}

Result<> Oplog::remove_oldest() {
  auto rotated = TRY(folder_.list_rotated());
  while (rotated.size() >= options_.files) {
    // Only a file that is whole where it ends may go: otherwise it is evidence.
    const std::string line = TRY(read_first_line(folder_, rotated[1]));
    const auto first = parse_line(line, key_);
    if (!first) return {};
    LogHead next = head_;
    next.before_first = {first->point.seq - 1, first->previous};
    TRY(write_head(next));
    TRY(folder_.remove(rotated.front()));
    rotated.erase(rotated.begin());
  }
  return {};
}

Result<std::vector<boost::json::object>> Oplog::tail(std::size_t count) const {
  std::vector<boost::json::object> entries;  // newest first
  auto names = TRY(folder_.list_rotated());
  names.emplace_back(kLogName);
  std::size_t budget = kTailBytes;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    const std::string text = TRY(read_last_lines(folder_, *name, budget));
    budget -= text.size();
    auto lines = split(text, '\n');
    for (auto line = lines.rbegin(); line != lines.rend() && entries.size() < count; ++line) {
      boost::system::error_code bad;
      const auto parsed = boost::json::parse(*line, bad);
      // A line that is no JSON is for verify to report; here it would only break the list.
      if (!bad && parsed.is_object()) entries.push_back(parsed.get_object());
    }
    if (entries.size() == count || budget == 0) break;
  }
  std::ranges::reverse(entries);
  return entries;
}

}  // namespace kgnode::core
