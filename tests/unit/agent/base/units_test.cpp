/// Durations, sizes and rates: what is read and how it is printed.
#include "agent/base/units.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using std::chrono::seconds;

TEST_CASE("units: durations are sums in falling units") {
  CHECK(parse_duration("90s") == seconds(90));
  CHECK(parse_duration("2m") == seconds(120));
  CHECK(parse_duration("1h30m") == seconds(5400));
  CHECK(parse_duration("7d") == seconds(604'800));
  CHECK(parse_duration("1d2h3m4s") == seconds(93'784));
  CHECK(parse_duration("3660d") == seconds(316'224'000));
  for (const std::string_view bad :
       {"", "0s", "5", "m", "1m1h", "1s1s", "-1s", "+1s", "1.5h", "1 h", "1h ", "1H", "1w", "3661d",
        "99999999999999999999s", "1h99999999d"}) {
    INFO(bad);
    CHECK_FALSE(parse_duration(bad));
  }
}

TEST_CASE("units: a printed duration reads back") {
  CHECK(to_string(seconds(5400)) == "1h30m");
  CHECK(to_string(seconds(1)) == "1s");
  CHECK(to_string(seconds(86'400)) == "1d");
  CHECK(to_string(seconds(0)) == "0s");
  CHECK(to_string(seconds(-5)) == "0s");
  for (const auto count : {1, 59, 60, 61, 3599, 86'399, 86'401, 1'000'000})
    CHECK(parse_duration(to_string(seconds(count))) == seconds(count));
}

TEST_CASE("units: sizes in powers of 1024 or of 1000") {
  CHECK(parse_bytes("0") == Bytes{0});
  CHECK(parse_bytes("1500") == Bytes{1500});
  CHECK(parse_bytes("7B") == Bytes{7});
  CHECK(parse_bytes("1KiB") == Bytes{1024});
  CHECK(parse_bytes("1KB") == Bytes{1000});
  CHECK(parse_bytes("512MiB") == Bytes{536'870'912});
  CHECK(parse_bytes("100GiB") == Bytes{107'374'182'400});
  CHECK(parse_bytes("2TiB") == Bytes{2'199'023'255'552});
  CHECK(parse_bytes("2TB") == Bytes{2'000'000'000'000});
  CHECK(parse_bytes("16777215TiB") == Bytes{18'446'742'974'197'923'840U});
  for (const std::string_view bad : {"", "GiB", "-1", "+1", "1.5GiB", "1 GiB", "1G", "1gib", "1PiB",
                                     "16777216TiB", "18446744073709551616", "1GiB "}) {
    INFO(bad);
    CHECK_FALSE(parse_bytes(bad));
  }
}

TEST_CASE("units: a printed size takes the largest unit that divides it") {
  CHECK(to_string(Bytes{107'374'182'400}) == "100GiB");
  CHECK(to_string(Bytes{1024}) == "1KiB");
  CHECK(to_string(Bytes{1025}) == "1025B");
  CHECK(to_string(Bytes{0}) == "0B");
  CHECK(to_string(Bytes{2'000'000'000'000}) == "1953125000KiB");
}

TEST_CASE("units: rates count events in a second, minute or hour") {
  CHECK(parse_rate("5/second") == Rate{5, seconds(1)});
  CHECK(parse_rate("30/minute") == Rate{30, seconds(60)});
  CHECK(parse_rate("100000/hour") == Rate{100'000, seconds(3600)});
  for (const std::string_view text : {"5/second", "30/minute", "100000/hour"})
    CHECK(to_string(*parse_rate(text)) == text);
  for (const std::string_view bad :
       {"", "/", "5", "5/", "/minute", "0/minute", "100001/hour", "-5/minute", "5/min", "5/day",
        "5 /minute", "5/ minute", "5/minutes", "1.5/second", "5/minute/minute"}) {
    INFO(bad);
    CHECK_FALSE(parse_rate(bad));
  }
}
