/// Schema of the store of bans. Times are milliseconds since the epoch; a source is written as in
/// the configuration, so that sqlite3(1) shows what is meant.
#include "hardening/ban/tables.hpp"

#include <array>
#include <format>
#include <utility>

namespace kgnode::hardening::ban {
namespace {

// From version N to N + 1, each in a transaction. Never edit one that has been released: add one.
constexpr std::array kMigrations = {
    // The index holds all that is needed of a ban in force: reading it is one sweep.
    R"(create table ban(source text not null, since integer not null, until integer not null,
         jail text not null, strikes integer not null, lifted integer not null default 0,
         primary key(source, since)) without rowid;
       create index ban_end on ban(until, jail, strikes);
       create table line(id integer primary key, source text not null, since integer not null,
         text text not null);
       create index line_source on line(source, since);
       create table progress(id integer primary key check(id = 0), content blob not null);)",
};

Result<> migrate(sys::Database& database) {
  const auto version = TRY(database.version());
  if (version < 0 || std::cmp_greater(version, kMigrations.size())) {
    return fail({std::errc::bad_message,
                 std::format("written by a newer version of this program (schema {})", version)});
  }
  for (auto i = static_cast<std::size_t>(version); i < kMigrations.size(); ++i) {
    auto transaction = TRY(sys::Transaction::begin(database));
    TRY(database.execute(kMigrations.at(i)));
    TRY(database.set_version(static_cast<std::int64_t>(i) + 1));
    TRY(transaction.commit());
  }
  return {};
}

struct Prepared {
  sys::Statement Tables::* statement;
  const char* sql;
};
constexpr std::array kStatements = {
    Prepared{&Tables::in_force,
             "select source, jail, since, until, strikes from ban where until > ?1"},
    Prepared{&Tables::at,
             "select source, jail, since, until, strikes from ban"
             " where source = ?1 and since <= ?2 and until > ?2 order by since desc limit 1"},
    Prepared{&Tables::latest,
             "select source, jail, since, until, strikes from ban"
             " where source = ?1 order by since desc limit 1"},
    Prepared{&Tables::strikes,
             "select count(*) from ban where source = ?1 and since >= ?2 and not lifted"},
    Prepared{&Tables::end_others,
             "update ban set until = ?2 where source = ?1 and since < ?2 and until > ?2"},
    Prepared{&Tables::add,
             "insert into ban(source, since, until, jail, strikes) values(?1, ?2, ?3, ?4, ?5)"
             " on conflict do nothing"},
    Prepared{&Tables::lift,
             "update ban set until = ?2, lifted = 1 where source = ?1 and until > ?2"},
    Prepared{&Tables::count_rows, "select count(*) from ban"},
    Prepared{&Tables::count_in_force, "select count(*) from ban where until > ?1"},
    Prepared{&Tables::first_to_end,
             "select source from ban where until > ?1 order by until limit ?2"},
    Prepared{&Tables::end_first,
             "update ban set until = ?1 where (source, since) in"
             " (select source, since from ban where until > ?1 order by until limit ?2)"},
    Prepared{&Tables::drop_ended,
             "delete from ban where (source, since) in"
             " (select source, since from ban where until < ?1 order by until limit ?2)"},
    Prepared{&Tables::add_line, "insert into line(source, since, text) values(?1, ?2, ?3)"},
    Prepared{&Tables::lines, "select text from line where source = ?1 and since = ?2 order by id"},
    Prepared{&Tables::cut_lines, "delete from line where id <= (select max(id) from line) - ?1"},
    Prepared{&Tables::drop_lines,
             "delete from line where since < ?1 and id in"
             " (select id from line order by id limit ?2)"},
    Prepared{&Tables::progress, "select content from progress"},
    Prepared{&Tables::set_progress, "insert or replace into progress(id, content) values(0, ?1)"},
};

}  // namespace

Result<Tables> Tables::open(const std::string& path, std::int64_t bytes) {
  Tables tables{.database = TRY(sys::Database::open(path, bytes))};
  TRY(migrate(tables.database));
  for (const auto& [statement, sql] : kStatements)
    tables.*statement = TRY(tables.database.prepare(sql));
  tables.rows = TRY(tables.count_rows.find_integer()).value_or(0);
  return tables;
}

}  // namespace kgnode::hardening::ban
