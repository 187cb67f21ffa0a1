/// The archive of a support bundle.
#include "agent/support/archive.hpp"

#include "agent/sys/gzip.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using support::Entry;

namespace {

const std::chrono::system_clock::time_point kMade =
    std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);

}  // namespace

TEST_CASE("archive: tar as POSIX has it") {
  const auto tar =
      support::make_tar("b", {{"one", "hello\n"}, {"two/x", std::string(600, 'y')}}, kMade);
  REQUIRE(tar);
  // One header and one block, one header and two, and the end.
  REQUIRE(tar->size() == 512 * (2 + 3 + 2));
  CHECK(tar->starts_with("b/one"));
  CHECK(tar->substr(124, 11) == "00000000006");
  CHECK(tar->substr(257, 8) == std::string("ustar\0"
                                           "00",
                                           8));
  CHECK(tar->substr(512, 6) == "hello\n");
  CHECK(tar->substr(1024, 7) == "b/two/x");
  unsigned sum = 8 * ' ';
  for (std::size_t i = 0; i < 512; ++i) {
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>((*tar)[i]);
  }
  CHECK(tar->substr(148, 6) == std::format("{:06o}", sum));
}

TEST_CASE("archive: a name that does not fit is refused") {
  CHECK_FALSE(support::make_tar("b", {{std::string(99, 'n'), ""}}, kMade));
}

TEST_CASE("archive: a long log keeps its end, all else its beginning, in whole lines") {
  std::string log = "first\nsecond\nthird\n";
  CHECK(support::keep_end(log, 10));
  CHECK(log == "third\n");
  CHECK_FALSE(support::keep_end(log, 10));
  std::string list = "first\nsecond\nthird\n";
  CHECK(support::keep_begin(list, 14));
  CHECK(list == "first\nsecond\n");
  std::string one_line(30, 'z');
  CHECK(support::keep_end(one_line, 10));
  CHECK(one_line == std::string(10, 'z'));
}

TEST_CASE("gzip: what was packed comes out again, and is the same each time") {
  const std::string text = std::string(100'000, 'a') + "the end";
  const auto packed = sys::gzip(text);
  REQUIRE(packed);
  CHECK(packed->size() < 1000);
  CHECK(*packed == sys::gzip(text).value());
  CHECK(sys::gunzip(*packed, 200'000).value() == text);
}
