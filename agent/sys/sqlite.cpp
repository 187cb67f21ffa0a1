/// SQLite behind our verbs.
#include "agent/sys/sqlite.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <format>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {
namespace {

constexpr std::int64_t kPage = 4096;
constexpr std::int64_t kCacheKibibytes = 256;
// Nobody else has the file open for longer than a moment, and the loop waits meanwhile.
constexpr int kBusyMilliseconds = 200;
// What a checkpoint leaves of the log.
constexpr std::int64_t kLogLimit = std::int64_t{4} << 20;

/// What the caller may want to tell apart; bad_message is damage.
std::errc kind_of(sqlite3* database, int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return std::errc::no_space_on_device;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return std::errc::device_or_resource_busy;
    case SQLITE_READONLY:
      return std::errc::read_only_file_system;
    case SQLITE_NOMEM:
      return std::errc::not_enough_memory;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // our own statements are right: it is the tables that are not ours
      return std::errc::bad_message;
    default:
      break;
  }
  const int system = database == nullptr ? 0 : ::sqlite3_system_errno(database);
  return system == 0 ? std::errc::io_error : static_cast<std::errc>(system);
}

Error make_error(sqlite3* database, int code) {
  const std::string text =
      database == nullptr ? ::sqlite3_errstr(code) : ::sqlite3_errmsg(database);
  return {kind_of(database, code), text};
}

/// SQLite would make it readable for everyone.
Result<> create_file(const std::string& path) {
  // NOLINTNEXTLINE(android-cloexec-open): it looks for the flag in the mode
  const UniqueFd fd(::open(path.c_str(), O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return fail(Error::from_errno("create"));
  return {};
}

}  // namespace

void close_database(sqlite3* database) { ::sqlite3_close_v2(database); }
void close_statement(sqlite3_stmt* statement) { ::sqlite3_finalize(statement); }

bool is_damage(const Error& error) { return error.code() == std::errc::bad_message; }

void Statement::reset() {
  ::sqlite3_reset(handle_.get());
  bind_error_ = SQLITE_OK;
}

void Statement::bind(int index, std::int64_t value) {
  const int code = ::sqlite3_bind_int64(handle_.get(), index, value);
  if (code != SQLITE_OK) bind_error_ = code;
}

void Statement::bind(int index, std::string_view value) {
  const int code = ::sqlite3_bind_text64(handle_.get(), index, value.empty() ? "" : value.data(),
                                         value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) bind_error_ = code;
}

Result<bool> Statement::next() {
  const int code = bind_error_ == SQLITE_OK ? ::sqlite3_step(handle_.get()) : bind_error_;
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto error = make_error(::sqlite3_db_handle(handle_.get()), code);
  reset();
  return fail(std::move(error));
}

Result<> Statement::finish() {
  while (TRY(next())) {
  }
  reset();
  return {};
}

Result<std::optional<std::int64_t>> Statement::first_integer() {
  std::optional<std::int64_t> found;
  if (TRY(next())) found = integer(0);
  reset();  // an open reader would keep the log from being emptied
  return found;
}

std::int64_t Statement::integer(int column) const {
  return ::sqlite3_column_int64(handle_.get(), column);
}

std::string_view Statement::text(int column) const {
  const auto* bytes = ::sqlite3_column_text(handle_.get(), column);
  if (bytes == nullptr) return {};
  const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(handle_.get(), column));
  return {reinterpret_cast<const char*>(bytes), size};
}

Result<Database> Database::open(const std::string& path, std::int64_t limit) {
  TRY(create_file(path));
  sqlite3* handle = nullptr;
  const int code = ::sqlite3_open_v2(
      path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  Database database(handle);
  if (code != SQLITE_OK) return fail(make_error(handle, code));
  ::sqlite3_busy_timeout(handle, kBusyMilliseconds);
  // The index of the log is then in memory, so what is on a full disk can still be read.
  TRY(database.execute("pragma locking_mode=exclusive"));
  // What is fixed with the first table; in a file that has some it would be another write.
  if (TRY(database.version()) == 0) {
    TRY(database.execute(
        std::format("pragma page_size={}; pragma auto_vacuum=incremental;", kPage).c_str()));
  }
  // What a stranger could have put into the file is not run.
  TRY(database.execute(std::format("pragma trusted_schema=off; pragma cell_size_check=on;"
                                   "pragma cache_size=-{}; pragma temp_store=memory;"
                                   "pragma journal_mode=wal; pragma synchronous=normal;"
                                   "pragma journal_size_limit={}; pragma max_page_count={};",
                                   kCacheKibibytes, kLogLimit, limit / kPage)
                           .c_str()));
  return database;
}

Result<> Database::execute(const char* sql) {
  const int code = ::sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(make_error(handle_.get(), code));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = ::sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return fail(make_error(handle_.get(), code));
  return Statement(statement);
}

std::int64_t Database::changes() const { return ::sqlite3_changes64(handle_.get()); }

Result<std::int64_t> Database::version() {
  auto statement = TRY(prepare("pragma user_version"));
  return TRY(statement.find_integer()).value_or(0);
}

Result<> Database::set_version(std::int64_t version) {
  return execute(std::format("pragma user_version={}", version).c_str());
}

Result<> Database::shrink(std::int64_t pages) {
  return execute(std::format("pragma incremental_vacuum({})", pages).c_str());
}

Result<Transaction> Transaction::begin(Database& database) {
  TRY(database.execute("begin immediate"));
  return Transaction(database);
}

Transaction::~Transaction() {
  // SQLite may have rolled back already; then this is refused, which is as good.
  if (database_ != nullptr) (void)database_->execute("rollback");
}

Result<> Transaction::commit() {
  TRY(database_->execute("commit"));
  database_ = nullptr;
  return {};
}

Result<> move_database(const std::string& path, const std::string& to) {
  // The log belongs to the file.
  for (const std::string_view suffix : {"", "-wal"}) {
    const auto from = path + std::string(suffix);
    const auto target = to + std::string(suffix);
    if (::rename(from.c_str(), target.c_str()) == 0) continue;
    if (errno != ENOENT)
      return fail(Error::from_errno(std::format("move {} to {}", quote(from), quote(target))));
    (void)::unlink(target.c_str());  // of an earlier one
  }
  return {};
}

}  // namespace kgnode::sys
