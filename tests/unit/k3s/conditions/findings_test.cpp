/// What the doctor says of what the cluster was told.
#include "k3s/conditions/tell.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"

using namespace kgnode;
using core::FindingKind;

namespace {

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'800'000'000)};

k3s::TellFacts facts(k3s::TellReport report) { return {.last = std::move(report), .now = kNow}; }

k3s::NodeSeen answers() { return {.answered = true, .ready = true}; }

}  // namespace

TEST_CASE("k3s conditions findings: the cluster was told") {
  const auto found = k3s::tell_finding(
      facts({.told = true,
             .conditions = {{.status = "True"}, {.status = "False"}, {.status = "Unknown"}},
             .told_at = 1'800'000'000 - 400}),
      answers());
  CHECK(found.kind == FindingKind::pass);
  CHECK(found.text == "of 3 conditions that its Node has from here 1 are problems and 1 unknown");
}

TEST_CASE("k3s conditions findings: an API that is silent is said as what it is") {
  const auto last = facts({.told = true, .told_at = 1'800'000'000 - 240});
  auto found = k3s::tell_finding(last, k3s::NodeSeen{.text = "the API does not answer: refused"});
  CHECK(found.kind == FindingKind::gap);
  CHECK(found.text ==
        "the cluster is not told how this node is: the API does not answer: refused; it was told "
        "last 4m ago");
  found = k3s::tell_finding({.last = {}, .now = kNow}, std::nullopt);
  CHECK(found.kind == FindingKind::gap);
  CHECK(found.text ==
        "the cluster is not told how this node is: the API does not answer; it was not told since "
        "the node booted");
}

TEST_CASE("k3s conditions findings: nothing said yet is unknown, a refusal and a silence a gap") {
  CHECK(k3s::tell_finding({.last = {}, .now = kNow}, answers()).kind == FindingKind::unknown);
  auto found = k3s::tell_finding(
      facts({.text = "status 403: no", .told_at = 1'800'000'000 - 60, .waiting = 2}), answers());
  CHECK(found.kind == FindingKind::gap);
  CHECK(found.text ==
        "the cluster is not told how this node is: status 403: no; it was told last 1m ago; 2 "
        "events wait");
  found = k3s::tell_finding(facts({.told = true, .told_at = 1'800'000'000 - 3600}), answers());
  CHECK(found.kind == FindingKind::gap);
}

TEST_CASE("k3s conditions findings: a report that is damaged is none") {
  test::FakeFiles files;
  CHECK_FALSE(k3s::read_tell_facts(files, kNow).last);
  files.files[k3s::kTellReport] = "no";
  CHECK_FALSE(k3s::read_tell_facts(files, kNow).last);
  files.files[k3s::kTellReport] = k3s::to_text(k3s::TellReport{.told = true});
  CHECK(k3s::read_tell_facts(files, kNow).last == k3s::TellReport{.told = true});
}
