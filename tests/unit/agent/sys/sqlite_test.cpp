/// Statements, transactions and kinds of errors.
#include "agent/sys/sqlite.hpp"

#include <sys/stat.h>

#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode;
using sys::Database;

namespace {

constexpr std::int64_t kRoom = 1 << 20;

std::int64_t count(Database& database) {
  return database.prepare("select count(*) from t")->find_integer()->value_or(-1);
}

}  // namespace

TEST_CASE("sqlite: values go in and rows come out, also texts with zero bytes and quotes") {
  const test::TempDir folder;
  auto database = Database::open(folder / "a.db", kRoom);
  REQUIRE(database);
  REQUIRE(database->execute("create table t(name text, size integer)"));
  auto add = database->prepare("insert into t values(?1, ?2)");
  REQUIRE(add);
  const std::string odd("a'b\0c", 5);
  REQUIRE(add->run(odd, -5));
  REQUIRE(add->run("", std::int64_t{1} << 40));
  CHECK(database->changes() == 1);
  auto all = database->prepare("select name, size from t order by size");
  REQUIRE(all);
  all->start();
  REQUIRE(*all->next());
  CHECK(all->text(0) == odd);
  CHECK(all->integer(1) == -5);
  REQUIRE(*all->next());
  CHECK(all->text(0).empty());
  CHECK(all->integer(1) == std::int64_t{1} << 40);
  CHECK_FALSE(*all->next());
  auto find = database->prepare("select size from t where name = ?1");
  CHECK(find->find_integer(odd)->value() == -5);
  CHECK_FALSE(*find->find_integer("nobody"));
}

TEST_CASE("sqlite: what is not committed is undone, and what is survives a second opening") {
  const test::TempDir folder;
  {
    auto database = Database::open(folder / "a.db", kRoom);
    REQUIRE(database);
    REQUIRE(database->execute("create table t(n integer)"));
    REQUIRE(database->set_version(3));
    {
      auto transaction = sys::Transaction::begin(*database);
      REQUIRE(transaction);
      REQUIRE(database->execute("insert into t values(1)"));
      CHECK(count(*database) == 1);
    }
    CHECK(count(*database) == 0);
    auto transaction = sys::Transaction::begin(*database);
    REQUIRE(database->execute("insert into t values(2)"));
    REQUIRE(transaction->commit());
  }
  auto again = Database::open(folder / "a.db", kRoom);
  REQUIRE(again);
  CHECK(*again->version() == 3);
  CHECK(count(*again) == 1);
  struct stat info{};
  REQUIRE(::stat((folder / "a.db").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600);
}

TEST_CASE("sqlite: a file that may not grow is full, not damaged, and works on") {
  const test::TempDir folder;
  auto database = Database::open(folder / "a.db", 64 << 10);
  REQUIRE(database);
  REQUIRE(database->execute("create table t(text text)"));
  auto add = database->prepare("insert into t values(?1)");
  REQUIRE(add->run("first"));
  const auto full = add->run(std::string(200'000, 'x'));
  REQUIRE_FALSE(full);
  CHECK(full.error().code() == std::errc::no_space_on_device);
  CHECK_FALSE(sys::is_damage(full.error()));
  CHECK(count(*database) == 1);
  REQUIRE(add->run("second"));
}

TEST_CASE(
    "sqlite: another file, or tables of another program, are damage; an absent folder is not") {
  const test::TempDir folder;
  std::ofstream(folder / "text.db") << std::string(8192, '#');
  const auto text = Database::open(folder / "text.db", kRoom);
  REQUIRE_FALSE(text);
  CHECK(sys::is_damage(text.error()));
  auto other = Database::open(folder / "other.db", kRoom);
  REQUIRE(other);
  const auto missing = other->prepare("select * from no_such_table");
  REQUIRE_FALSE(missing);
  CHECK(sys::is_damage(missing.error()));
  const auto nowhere = Database::open(folder / "no/such/folder.db", kRoom);
  REQUIRE_FALSE(nowhere);
  CHECK_FALSE(sys::is_damage(nowhere.error()));
}
