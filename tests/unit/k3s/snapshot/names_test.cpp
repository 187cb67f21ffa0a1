#include "k3s/snapshot/names.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::k3s;
using namespace std::chrono_literals;

TEST_CASE("snapshot names: the time is at the end; what etcd still writes is none",
          "[k3s][snapshot]") {
  struct Case {
    std::string_view name;
    std::optional<Time> taken;
  };
  const std::vector<Case> cases = {
      {"etcd-snapshot-cp-1-1780000000", Time(1780000000s)},
      {"on-demand-cp-1-1780000000.zip", Time(1780000000s)},
      {"etcd-snapshot-cp-1-1780000000.part", std::nullopt},
      {"etcd-snapshot-cp-1-", std::nullopt},
      {"-1780000000", std::nullopt},
      {"a/b-1780000000", std::nullopt},
      {"a--5", Time(5s)},
      {"a-99999999999999999999", std::nullopt},
      {"a-999999999999999", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [name, taken] : cases) {
    INFO(name);
    CHECK(taken_at(name) == taken);
  }
}

TEST_CASE("snapshot names: the base is what stands before the node", "[k3s][snapshot]") {
  CHECK(base_of("etcd-snapshot-cp-1-1780000000", "cp-1") == "etcd-snapshot");
  CHECK(base_of("on-demand-cp-1-1780000000.zip", "cp-1") == "on-demand");
  CHECK(base_of("etcd-snapshot-cp-2-1780000000", "cp-1").empty());
  CHECK(base_of("x-cp-1-cp-1-1780000000", "cp-1") == "x-cp-1");
}

TEST_CASE("snapshot names: ages are for people", "[k3s][snapshot]") {
  CHECK(show_age(119s) == "119 s");
  CHECK(show_age(119min) == "119 min");
  CHECK(show_age(47h) == "47 h");
  CHECK(show_age(48h) == "2 d");
  CHECK(show_age(-1s) == "in the future");
}

TEST_CASE("server token: its password leads to the digits, in each form", "[k3s][snapshot]") {
  const std::string hash(64, 'a');
  const std::optional<std::string> digits = "ba7816bf8f01";  // printf %s abc | sha256sum
  CHECK(bootstrap_digits("abc") == digits);
  CHECK(bootstrap_digits("K10" + hash + "::server:abc\n") == digits);
  CHECK(bootstrap_digits("K10" + hash + "::server:") == std::nullopt);
  CHECK(bootstrap_digits("abcdef.0123456789abcdef") == std::nullopt);  // lets agents join only
  CHECK(bootstrap_digits("\n") == std::nullopt);
}
