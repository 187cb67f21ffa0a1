/// The operations log: is it whole, and if not, where does it break first.
#include <fcntl.h>

#include <format>

#include "agent/base/text.hpp"
#include "agent/core/oplog.hpp"

namespace kgnode::core {
namespace {

struct Place {
  std::string file;
  std::size_t line = 0;
};

// Follows the chain line by line up to the first break. After it only one thing is still looked
// for: the entry that should have come, which tells a move from a deletion.
class Walk {
 public:
  Walk(const ChainKey& key, const LogHead& head) : key_(&key), expected_(head.before_first) {}

  void take(const LineReader::Line& line, const Place& place);
  /// After the last line.
  void finish(const LogHead& head, const std::string& last_file);
  LogReport report() && { return std::move(report_); }

 private:
  void check(const Link& link, const Place& place);
  void found(BreakKind kind, const Place& place, std::string text) {
    report_.first_break = LogBreak{kind, place.file, place.line, std::move(text)};
  }

  const ChainKey* key_;
  ChainPoint expected_;  // the entry before the next line
  LogReport report_;
};

void Walk::take(const LineReader::Line& line, const Place& place) {
  const auto link = parse_line(line.text, *key_);
  const std::uint64_t missing = expected_.seq + 1;
  if (report_.first_break) {
    if (link && link->point.seq == missing && report_.first_break->kind == BreakKind::deleted) {
      report_.first_break->kind = BreakKind::reordered;
      report_.first_break->text =
          std::format("entry {} comes later, in {}:{}", missing, place.file, place.line);
    }
    return;
  }
  if (!line.complete) {
    found(BreakKind::torn, place, std::format("the line after entry {} has no end", expected_.seq));
  } else if (!link) {
    found(BreakKind::edited, place, std::format("not entry {} as it was written", missing));
  } else {
    check(*link, place);
  }
}

void Walk::check(const Link& link, const Place& place) {
  const std::uint64_t missing = expected_.seq + 1;
  const std::uint64_t seq = link.point.seq;
  if (seq < missing) {
    found(BreakKind::reordered, place,
          std::format("entry {} stands after entry {}", seq, expected_.seq));
  } else if (seq > missing) {
    found(BreakKind::deleted, place,
          seq == missing + 1 ? std::format("entry {} is missing", missing)
                             : std::format("entries {} to {} are missing", missing, seq - 1));
  } else if (link.previous != expected_.hash) {
    found(BreakKind::forked, place,
          std::format("entry {} follows another entry {} than this one", seq, expected_.seq));
  } else {
    expected_ = link.point;
    ++report_.entries;
    report_.last = expected_;
  }
}

void Walk::finish(const LogHead& head, const std::string& last_file) {
  if (report_.first_break || expected_ == head.last) return;
  if (expected_.seq < head.last.seq) {
    found(
        BreakKind::truncated, {last_file, 0},
        std::format("ends with entry {}, but entry {} was written", expected_.seq, head.last.seq));
    // One line ahead of its head is a crash between the two writes; chained and keyed, it is ours.
  } else if (expected_.seq != head.last.seq + 1) {
    found(BreakKind::forked, {kHeadName, 0},
          std::format("knows entry {}, but the log ends with entry {}: an older head was put back",
                      head.last.seq, expected_.seq));
  }
}

Result<LogReport> walk(const LogFolder& folder, const ChainKey& key, const LogHead& head) {
  Walk walk(key, head);
  auto names = TRY(folder.list_rotated());
  // A file that was due to go when the power failed.
  std::erase_if(names, [&head](const std::string& name) {
    return parse_rotated_name(name).value_or(0) <= head.before_first.seq;
  });
  names.emplace_back(kLogName);
  for (const auto& name : names) {
    auto file = folder.open_file(name, O_RDONLY);
    if (!file && file.error().code() == std::errc::no_such_file_or_directory) continue;
    if (!file) return fail(std::move(file).error());
    LineReader reader(*std::move(file));
    Place place{name};
    for (auto line = TRY(reader.next()); line; line = TRY(reader.next())) {
      ++place.line;
      walk.take(*line, place);
    }
  }
  walk.finish(head, names.back());
  return std::move(walk).report();
}

}  // namespace

std::string_view to_string(BreakKind kind) {
  switch (kind) {
    case BreakKind::edited:
      return "edited";
    case BreakKind::deleted:
      return "deleted";
    case BreakKind::reordered:
      return "reordered";
    case BreakKind::forked:
      return "forked";
    case BreakKind::truncated:
      return "truncated";
    case BreakKind::torn:
      return "torn";
  }
  return "";
}

Result<LogReport> verify_log(const std::string& path) {
  const LogFolder folder = TRY(LogFolder::open(path));
  const auto bytes = TRY(folder.read(kKeyName));
  const auto key = ChainKey::parse(bytes.value_or(""));
  if (!key) {
    return fail(
        Error::plain(std::format("{} is missing or not a key: without it nobody can tell "
                                 "whether the log is whole",
                                 quote(folder.path_of(kKeyName)))));
  }
  // An agent may be appending meanwhile: look again when the head has moved on.
  for (int attempt = 0;; ++attempt) {
    const auto text = TRY(folder.read(kHeadName));
    const auto head = parse_head(trim(text.value_or("")), *key);
    if (!head) {
      return LogReport{.first_break = LogBreak{text ? BreakKind::edited : BreakKind::deleted,
                                               kHeadName, 0, "the head of the log is not ours"}};
    }
    LogReport report = TRY(walk(folder, *key, *head));
    if (!report.first_break || attempt == 2 || TRY(folder.read(kHeadName)) == text) return report;
  }
}

}  // namespace kgnode::core
