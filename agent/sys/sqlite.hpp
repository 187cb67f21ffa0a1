#pragma once
/// One SQLite file: statements with values, transactions, and errors that say which kind they are.
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/base/handle.hpp"
#include "agent/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace kgnode::sys {

void close_database(sqlite3* database);
void close_statement(sqlite3_stmt* statement);

/// Prepared once, run with values in the place of ?1, ?2 and so on. Must not outlive its database.
class Statement {
 public:
  Statement() = default;  // none yet
  /// Begins anew with these values: integers and texts.
  template <class... Values>
  void start(const Values&... values) {
    reset();
    int index = 0;
    (bind(++index, values), ...);
  }
  /// True: there is a row to read. False: it is over.
  Result<bool> next();

  /// To its end, without reading rows.
  template <class... Values>
  Result<> run(const Values&... values) {
    start(values...);
    return finish();
  }
  /// The first column of the first row; none when there is no row.
  template <class... Values>
  Result<std::optional<std::int64_t>> find_integer(const Values&... values) {
    start(values...);
    return first_integer();
  }

  /// Columns of the row, from 0; a text lives until the next call.
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  void reset();
  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view value);
  Result<> finish();
  Result<std::optional<std::int64_t>> first_integer();

  Handle<sqlite3_stmt, close_statement> handle_;
  int bind_error_ = 0;  // of start(), told by the next step
};

class Database {
 public:
  /// Made when absent, with mode 0600; the folder must be there. `limit`: bytes of the file; more
  /// is "no space". Nobody else can open it meanwhile. Write-ahead log: a commit survives the death
  /// of the process, and that of the machine once the next checkpoint is through.
  static Result<Database> open(const std::string& path, std::int64_t limit);

  /// Statements without values or rows.
  Result<> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  /// Rows changed by the last statement.
  std::int64_t changes() const;

  /// A version of our own, 0 in a new file.
  Result<std::int64_t> version();
  Result<> set_version(std::int64_t version);
  /// Gives at most so many free pages back to the file system.
  Result<> shrink(std::int64_t pages);

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  Handle<sqlite3, close_database> handle_;
};

/// Undone unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

/// Renames a closed one with what belongs to it; replaces what is there. Absent is fine.
Result<> move_database(const std::string& path, const std::string& to);

/// The file is not what SQLite wrote. A full disk (no_space_on_device) or a lock is another thing.
bool is_damage(const Error& error);

}  // namespace kgnode::sys
