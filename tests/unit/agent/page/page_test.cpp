/// The web page: what it may do, and what it is given. tests/page/chromium.sh looks at it in a
/// browser.
#include "agent/page/page.hpp"

#include "agent/base/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/golden.hpp"

using namespace kgnode;
using namespace std::chrono_literals;

TEST_CASE("page: it takes nothing from elsewhere") {
  const auto html = page::html();
  CHECK(html.starts_with("<!doctype html>"));
  CHECK(html.ends_with("</html>\n"));
  for (std::size_t at = html.find("//"); at != std::string_view::npos;
       at = html.find("//", at + 1)) {
    // A namespace is a name, a comment no address.
    const bool is_name = html.substr(0, at).ends_with("http:") &&
                         html.substr(at).starts_with("//www.w3.org/2000/svg");
    const bool is_comment = html.substr(at).starts_with("// ");
    INFO(html.substr(at, 60));
    CHECK((is_name || is_comment));
  }
  for (const auto* word : {"@import", "url(", "src=", "import(", "XMLHttpRequest", "WebSocket"})
    CHECK_FALSE(html.contains(word));
}

TEST_CASE("page: nothing that it is told becomes markup or code") {
  for (const auto* word :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(",
        "DOMParser", "srcdoc", " onclick=", " style=", "javascript:"})
    CHECK_FALSE(page::html().contains(word));
}

TEST_CASE("page: the policy names its script and its style by what they are") {
  const auto policy = page::security_policy(page::html());
  CHECK(policy.starts_with("default-src 'none'; script-src 'sha256-"));
  CHECK(policy.contains("; style-src 'sha256-"));
  CHECK_FALSE(policy.contains("unsafe"));
  // With which tests/page/chromium.sh lets a browser run it.
  test::check_golden("page/policy.txt", policy + "\n");
  // Of "a" and "b", by sha256sum | xxd -r -p | base64.
  const auto small = page::security_policy("<style>b</style><script>a</script>");
  CHECK(small.contains("script-src 'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='"));
  CHECK(small.contains("style-src 'sha256-PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0='"));
  // A second element of a kind would be without a hash, and refused.
  const auto html = page::html();
  for (const auto* element : {"<script", "<style"})
    CHECK(html.find(element) == html.rfind(element));
}

TEST_CASE(
    "page: the JSON has the cluster, bans and snapshots, and no more of them than others may "
    "know") {
  const auto now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 9h;
  k3s::SnapshotBook book;
  book.snapshots.push_back(
      {.file = {.name = "etcd-snapshot-cp-1-1772300000", .size = 5, .changed = 1},
       .looked = {},
       .found = {},
       .token = k3s::TokenFit::fits});
  const auto json = page::make_json(
      {.node = "cp-1",
       .cluster =
           boost::json::parse(R"({"nodes":[{"name":"cp-1"}],"datagrams":{},"trouble":null})"),
       .bans = {.ipv4 = 2, .ipv6 = 1, .networks = 0},
       .listed = 7,
       .bans_begun = 3,
       .figures = boost::json::parse(R"({"bans":[{"source":"203.0.113.7"}],"drops":[],)"
                                     R"("readings":{"x":1},"history":{"buckets":[]}})")
                      .as_object(),
       .snapshots = book},
      now);
  CHECK(
      boost::json::value(json) ==
      boost::json::parse(
          R"({"version":")" KGNODE_VERSION R"(","node":"cp-1","at":"2026-03-01T09:00:00.000000Z",)"
          R"("nodes":[{"name":"cp-1"}],"trouble":null,"bans":{"in_force":{"ipv4":2,"ipv6":1,)"
          R"("networks":0,"listed":7},"since_start":3,"recent":[{"source":"203.0.113.7"}]},)"
          R"("snapshots":[{"name":"etcd-snapshot-cp-1-1772300000","taken":"2026-02-28T17:33:20.000000Z",)"
          R"("size":5,"proven":true,"trouble":null}],"history":{"buckets":[]}})"));
}

TEST_CASE("page: without a configuration, on a node that takes no snapshots") {
  const auto json = page::make_json({.cluster = nullptr}, {});
  CHECK(json.at("node").is_null());
  CHECK(json.at("snapshots").is_null());
  CHECK(json.at("nodes").as_array().empty());
}
