/// Which version of K3s may follow on which.
#include "k3s/day2/version.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using k3s::VersionCase;

namespace {

k3s::Version version(const char* text) { return k3s::parse_version(text).value(); }

}  // namespace

TEST_CASE("k3s version: what --version and the API print is read, and ordered") {
  CHECK(k3s::parse_version("k3s version v1.34.3+k3s1 (48ffa7b6)\ngo version go1.24\n") ==
        k3s::Version{1, 34, 3, 1});
  CHECK(to_string(version("v1.35.0+k3s3")) == "v1.35.0+k3s3");
  CHECK(version("v1.34.10+k3s1") > version("v1.34.9+k3s2"));
  CHECK(version("v1.34.3+k3s2") > version("v1.34.3+k3s1"));
  for (const auto* text :
       {"", "v1.34.3", "1.34.3+k3s1", "v1.34+k3s1", "v1.34.3+k3sX", "v1.34.x+k3s1"})
    CHECK_FALSE(k3s::parse_version(text));
}

TEST_CASE("k3s version: not back, and no minor version is left out") {
  struct Row {
    const char* here;
    const char* wanted;
    const char* why;  // empty: allowed
  };
  for (const auto& row :
       {Row{"v1.34.3+k3s1", "v1.34.3+k3s1", ""}, Row{"v1.34.3+k3s1", "v1.34.4+k3s1", ""},
        Row{"v1.34.3+k3s1", "v1.35.0+k3s1", ""},
        Row{"v1.34.3+k3s1", "v1.36.0+k3s1", "install a 1.35 first"},
        Row{"v1.34.3+k3s1", "v2.34.3+k3s1", "left out"},
        Row{"v1.34.3+k3s1", "v1.34.2+k3s1", "cannot go back"},
        Row{"v1.34.3+k3s2", "v1.34.3+k3s1", "cannot go back"}}) {
    CAPTURE(row.here, row.wanted);
    const auto why = k3s::why_not_version(
        {.wanted = version(row.wanted), .here = version(row.here), .server = true});
    CHECK(why.empty() == std::string_view(row.why).empty());
    CHECK(why.contains(row.why));
  }
  CHECK(k3s::why_not_version({.wanted = version("v1.36.0+k3s1"), .server = true}).empty());
}

TEST_CASE("k3s version: servers first, at most one minor version apart") {
  VersionCase asked{.wanted = version("v1.35.0+k3s1"),
                    .here = version("v1.34.3+k3s1"),
                    .server = true,
                    .joined = true,
                    .servers = {{"10.0.0.12", version("v1.34.3+k3s1")}, {"10.0.0.13", {}}}};
  CHECK(k3s::why_not_version(asked).empty());
  asked.servers[0].version = version("v1.33.3+k3s1");
  CHECK(k3s::why_not_version(asked).contains("10.0.0.12 has v1.33.3+k3s1"));
}

TEST_CASE("k3s version: a worker follows its servers, at most three minor versions behind") {
  VersionCase asked{
      .wanted = version("v1.35.0+k3s1"),
      .here = version("v1.34.3+k3s1"),
      .joined = true,
      .servers = {{"10.0.0.11", version("v1.35.0+k3s1")}, {"10.0.0.12", version("v1.34.3+k3s1")}}};
  CHECK(k3s::why_not_version(asked).contains(
      "10.0.0.12 has v1.34.3+k3s1, and no worker may be newer"));
  asked.servers[1].version = version("v1.35.0+k3s1");
  CHECK(k3s::why_not_version(asked).empty());
  asked.servers[1].version = version("v1.39.0+k3s1");
  CHECK(k3s::why_not_version(asked).contains("at most 3 minor versions"));
  asked.servers[1].version.reset();
  CHECK(k3s::why_not_version(asked).contains("cannot be told"));
  asked.joined = false;
  CHECK(k3s::why_not_version(asked).empty());
}
