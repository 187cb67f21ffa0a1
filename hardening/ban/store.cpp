/// Bans in SQLite.
#include "hardening/ban/store.hpp"

#include <algorithm>
#include <chrono>
#include <format>
#include <limits>
#include <tuple>
#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::hardening::ban {
namespace {

using std::chrono::milliseconds;

// A call must not keep the loop: about 50 ms each.
constexpr std::int64_t kSlice = 5000;
constexpr std::int64_t kPages = 1000;
// When a limit is reached, a hundredth goes at once, so that not every ban has to make room.
constexpr std::int64_t kSpare = 100;

std::int64_t to_stored(Time time) {
  return std::chrono::floor<milliseconds>(time).time_since_epoch().count();
}
Time from_stored(std::int64_t value) { return Time(milliseconds(value)); }

/// None: the row is not one of ours.
std::optional<Ban> read_ban(const sys::Statement& row) {
  const auto source = parse_prefix(row.text(0));
  if (!source) return std::nullopt;
  return Ban{.source = *source,
             .jail = std::string(row.text(1)),
             .since = from_stored(row.integer(2)),
             .until = from_stored(row.integer(3)),
             .strikes = static_cast<std::uint32_t>(row.integer(4))};
}

template <class... Values>
Result<std::optional<Ban>> find_ban(sys::Statement& statement, const Values&... values) {
  statement.start(values...);
  std::optional<Ban> found;
  while (TRY(statement.next())) found = read_ban(statement);
  return found;
}

Result<std::vector<Ban>> read_all(sys::Statement& in_force, Time now, std::size_t& strange) {
  std::vector<Ban> bans;
  in_force.start(to_stored(now));
  while (TRY(in_force.next())) {
    if (auto ban = read_ban(in_force)) {
      bans.push_back(*std::move(ban));
    } else {
      ++strange;
    }
  }
  return bans;
}

/// What a stranger wrote, safe for a terminal, and never more than a line may take.
std::string to_evidence(std::string_view line) {
  auto text = printable(line.substr(0, Store::kLineBytes));
  if (text.size() <= Store::kLineBytes) return text;
  auto end = Store::kLineBytes;
  // Not within a character of several bytes.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

Result<> add_ban(Tables& tables, const NewBan& added) {
  const auto& ban = added.ban;
  const auto source = to_string(ban.source);
  const auto since = to_stored(ban.since);
  TRY(tables.end_others.run(source, since));
  TRY(tables.add.run(source, since, to_stored(ban.until), ban.jail, ban.strikes));
  if (tables.database.changes() == 0) return {};  // it is known, as after a replay
  ++tables.rows;
  const auto skip = added.lines.size() - std::min(added.lines.size(), Store::kLines);
  for (const auto& line : std::span(added.lines).subspan(skip))
    TRY(tables.add_line.run(source, since, to_evidence(line)));
  return {};
}

}  // namespace

Result<> Store::open() {
  auto opened = Tables::open(path_, limits_.bytes);
  if (!opened && sys::is_damage(opened.error())) {
    TRY(move_aside(opened.error()));
    opened = Tables::open(path_, limits_.bytes);
  }
  if (!opened) return fail(std::move(opened).error());
  tables_ = *std::move(opened);
  in_force_ = tables_->rows;
  return {};
}

Result<> Store::move_aside(const Error& why) {
  tables_.reset();
  const auto damaged = path_ + ".damaged";
  TRY(sys::move_database(path_, damaged));
  notes_.push_back(
      std::format("the store of bans {} cannot be read ({}): it is now {}, and a new "
                  "one is begun without the bans of the old one",
                  quote(path_), why.message(), quote(damaged)));
  return {};
}

/// Runs it once more with a new file when the file turns out to be damaged.
template <class Work>
auto Store::with_tables(const Work& work) -> decltype(work(std::declval<Tables&>())) {
  const auto told = [this](Error error) {
    return fail(std::move(error).in(std::format("store of bans {}", quote(path_))));
  };
  for (bool again = false;; again = true) {
    if (!tables_) {
      if (auto opened = open(); !opened) return told(std::move(opened).error());
    }
    auto done = work(*tables_);
    if (done) return done;
    if (again || !sys::is_damage(done.error())) return told(std::move(done).error());
    if (auto moved = move_aside(done.error()); !moved) return told(std::move(moved).error());
  }
}

Result<std::vector<Ban>> Store::load(Time now) {
  std::size_t strange = 0;
  auto bans = with_tables([&strange, now](Tables& tables) {
    strange = 0;
    return read_all(tables.in_force, now, strange);
  });
  if (strange > 0) {
    notes_.push_back(std::format("the store of bans {} has {} rows that name no source, ignoring",
                                 quote(path_), strange));
  }
  return bans;
}

Result<std::vector<Prefix>> Store::commit(std::span<const NewBan> bans, Time now) {
  return with_tables([this, bans, now](Tables& tables) {
    const auto before = std::pair(tables.rows, in_force_);
    auto ended = write(tables, bans, now);
    if (!ended) std::tie(tables.rows, in_force_) = before;
    return ended;
  });
}

Result<std::vector<Prefix>> Store::write(Tables& tables, std::span<const NewBan> bans, Time now) {
  auto transaction = TRY(sys::Transaction::begin(tables.database));
  auto ended = TRY(make_room(tables, std::ssize(bans), now));
  for (const auto& ban : bans) TRY(add_ban(tables, ban));
  TRY(tables.cut_lines.run(limits_.lines));
  TRY(transaction.commit());
  in_force_ += std::ssize(bans);
  std::erase_if(ended, [bans](const Prefix& source) {
    return std::ranges::contains(bans, source, [](const NewBan& one) { return one.ban.source; });
  });
  return ended;
}

Result<std::vector<Prefix>> Store::make_room(Tables& tables, std::int64_t bans, Time now) {
  if (tables.rows + bans > limits_.bans) {
    const auto surplus = tables.rows + bans - limits_.bans + limits_.bans / kSpare;
    TRY(tables.drop_ended.run(std::numeric_limits<std::int64_t>::max(), surplus));
    tables.rows -= tables.database.changes();
  }
  std::vector<Prefix> ended;
  if (in_force_ + bans <= limits_.in_force) return ended;
  in_force_ = TRY(tables.count_in_force.find_integer(to_stored(now))).value_or(0);
  if (in_force_ + bans <= limits_.in_force) return ended;
  const auto surplus = in_force_ + bans - limits_.in_force + limits_.in_force / kSpare;
  tables.first_to_end.start(to_stored(now), surplus);
  while (TRY(tables.first_to_end.next())) {
    if (const auto source = parse_prefix(tables.first_to_end.text(0))) ended.push_back(*source);
  }
  TRY(tables.end_first.run(to_stored(now), surplus));
  in_force_ -= tables.database.changes();
  return ended;
}

Result<bool> Store::remove(const Prefix& source, Time now) {
  return with_tables([&source, now](Tables& tables) -> Result<bool> {
    TRY(tables.lift.run(to_string(source), to_stored(now)));
    return tables.database.changes() > 0;
  });
}

Result<std::optional<Ban>> Store::find(const Prefix& source, Time at) {
  return with_tables([&source, at](Tables& tables) {
    return find_ban(tables.at, to_string(source), to_stored(at));
  });
}

Result<std::optional<Ban>> Store::find_covering(const Address& address, Time at) {
  for (auto length = address.bits() + 1; length-- > 0;) {
    auto found = TRY(find(make_prefix(address, static_cast<std::uint8_t>(length)), at));
    if (found) return found;
  }
  return std::nullopt;
}

Result<unsigned> Store::count_strikes(const Prefix& source, Time since) {
  return with_tables([&source, since](Tables& tables) -> Result<unsigned> {
    const auto count = TRY(tables.strikes.find_integer(to_string(source), to_stored(since)));
    return static_cast<unsigned>(count.value_or(0));
  });
}

Result<std::optional<Story>> Store::tell(const Prefix& source) {
  return with_tables([&source](Tables& tables) -> Result<std::optional<Story>> {
    const auto name = to_string(source);
    auto ban = TRY(find_ban(tables.latest, name));
    if (!ban) return std::nullopt;
    Story story{.ban = *std::move(ban)};
    tables.lines.start(name, to_stored(story.ban.since));
    while (TRY(tables.lines.next())) story.lines.emplace_back(tables.lines.text(0));
    return story;
  });
}

Result<std::optional<std::string>> Store::load_progress() {
  return with_tables([](Tables& tables) -> Result<std::optional<std::string>> {
    std::optional<std::string> content;
    tables.progress.start();
    while (TRY(tables.progress.next())) content = tables.progress.text(0);
    return content;
  });
}

Result<> Store::save_progress(std::string_view content) {
  return with_tables(
      [content](Tables& tables) -> Result<> { return tables.set_progress.run(content); });
}

Result<bool> Store::prune(Time before) {
  return with_tables([before](Tables& tables) -> Result<bool> {
    const auto time = to_stored(before);
    TRY(tables.drop_ended.run(time, kSlice));
    const auto bans = tables.database.changes();
    tables.rows -= bans;
    TRY(tables.drop_lines.run(time, kSlice));
    const auto lines = tables.database.changes();
    TRY(tables.database.shrink(kPages));
    return bans == kSlice || lines == kSlice;
  });
}

}  // namespace kgnode::hardening::ban
