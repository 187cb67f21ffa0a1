#include "agent/base/chrony.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kTracking =
    "D5EF0102,nts.example,2,1764100000.1,-0.25,0.00001,0.00002,1.1,0.0,0.1,0.01,0.001,64.2,"
    "Normal\n";

}  // namespace

TEST_CASE("chrony: the clock, its sources, and who proves who he is", "[base]") {
  const auto seen = parse_chrony(std::string(kTracking) +
                                 "^,*,nts.example,1,6,377,12,0.1,0.1,0.1\n"
                                 "^,?,ntp.ovh.net,0,6,0,4294967295,0.0,0.0,0.0\n"
                                 "nts.example,NTS,1,30,256,1d,0,0,8,100\n"
                                 "ntp.ovh.net,-,0,0,0,-,0,0,0,0\n");
  REQUIRE(seen);
  CHECK(seen->synchronised);
  CHECK(seen->offset == -250ms);
  CHECK(seen->error == 6ms);
  CHECK(seen->source == "nts.example");
  CHECK(seen->sources ==
        std::vector<TimeSource>{
            {.name = "nts.example", .state = '*', .reached = true, .has_proof = true},
            {.name = "ntp.ovh.net", .state = '?', .reached = false}});
}

TEST_CASE("chrony: the last word about the clock counts, with the source that it names", "[base]") {
  const auto seen =
      parse_chrony(std::string(kTracking) +
                   "7F7F0101,x,10,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised\n");
  REQUIRE(seen);
  CHECK_FALSE(seen->synchronised);
  CHECK(seen->source.empty());
}

TEST_CASE("chrony: a clock that nobody has set is not synchronised, whatever else is said",
          "[base]") {
  const auto seen =
      parse_chrony("7F7F0101,,10,0.0,0.0,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised\n");
  REQUIRE(seen);
  CHECK_FALSE(seen->synchronised);
  CHECK(seen->source.empty());
  CHECK(clock_trouble(*seen, 1s) == "the clock is set by no time server");
}

TEST_CASE("chrony: what is no answer is an error", "[base]") {
  for (const std::string_view text :
       {"", "506 Cannot talk to daemon\n", "a,b\n", "^,*,nts.example,1,6,377,12,0.1,0.1,0.1\n",
        "D5EF0102,x,2,1,nan,0,0,0,0,0,0,0,0,Normal\n",
        "D5EF0102,x,2,1,1e30,0,0,0,0,0,0,0,0,Normal\n"}) {
    INFO(text);
    CHECK_FALSE(parse_chrony(text));
  }
}

TEST_CASE("chrony: trouble names how far the clock is off, and in which direction", "[base]") {
  const auto seen = parse_chrony(kTracking).value();
  CHECK(clock_trouble(seen, 1s).empty());
  CHECK(clock_trouble(seen, 100ms) == "the clock is 0.250 s behind nts.example");
}
