#include "k3s/snapshot/findings.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/unit/k3s/snapshot/support.hpp"

using namespace kgnode;
using namespace kgnode::k3s;
using namespace std::chrono_literals;
using core::FindingKind;
using test::damaged, test::kNow, test::name_of, test::proven;

namespace {

SnapshotFacts facts_of(std::vector<Rehearsal> snapshots) {
  return {.book = SnapshotBook{.looked = kNow - 5min, .snapshots = std::move(snapshots)},
          .sealed = {{.snapshot = name_of(1h), .digits = "d", .key = "K", .box = "B"}},
          .operator_key = "K",
          .now = kNow};
}

std::vector<std::pair<std::string, FindingKind>> kinds(const SnapshotFacts& facts) {
  std::vector<std::pair<std::string, FindingKind>> found;
  for (const auto& one : snapshot_findings(facts)) {
    // What is not fine leads on.
    CHECK(one.remedy.empty() == (one.kind == FindingKind::pass));
    CHECK_FALSE(one.text.empty());
    found.emplace_back(one.id, one.kind);
  }
  return found;
}

using Kinds = std::vector<std::pair<std::string, FindingKind>>;
constexpr auto kPass = FindingKind::pass;
constexpr auto kGap = FindingKind::gap;

}  // namespace

TEST_CASE("snapshot findings: a fresh proven snapshot passes, with its evidence",
          "[k3s][snapshot]") {
  const auto facts = facts_of({proven(13h), proven(1h)});
  CHECK(kinds(facts) == Kinds{{"k3s.snapshot.newest", kPass}, {"k3s.snapshot.token", kPass}});
  CHECK(snapshot_findings(facts).front().text ==
        name_of(1h) +
            ", 60 min old: its hash is right, all 159 keys up to revision 154 were "
            "read, the server token opens it");
}

TEST_CASE("snapshot findings: what is not proven is told", "[k3s][snapshot]") {
  auto foreign = proven(1h);
  foreign.token = TokenFit::other;
  struct Case {
    std::vector<Rehearsal> snapshots;
    Kinds kinds;
  };
  const std::vector<Case> cases = {
      {{}, {{"k3s.snapshot.newest", kGap}, {"k3s.snapshot.token", kGap}}},
      {{proven(1h), damaged(0h)},
       {{"k3s.snapshot.newest", kPass},
        {"k3s.snapshot." + name_of(0h), kGap},
        {"k3s.snapshot.token", kPass}}},
      {{proven(7h + 1s)}, {{"k3s.snapshot.newest", kGap}, {"k3s.snapshot.token", kGap}}},
      {{proven(-2h)}, {{"k3s.snapshot.newest", kGap}, {"k3s.snapshot.token", kGap}}},
      {{foreign},
       {{"k3s.snapshot.newest", kGap},
        {"k3s.snapshot.other_token", kGap},
        {"k3s.snapshot.token", kGap}}},
  };
  for (const auto& [snapshots, wanted] : cases) CHECK(kinds(facts_of(snapshots)) == wanted);
}

TEST_CASE("snapshot findings: many damaged ones are counted, not listed", "[k3s][snapshot]") {
  std::vector<Rehearsal> many;
  for (int hours = 100; hours > 0; --hours) many.push_back(damaged(std::chrono::hours(hours)));
  many.push_back(proven(0h));
  const auto found = snapshot_findings(facts_of(many));
  CHECK(found.size() == 1 + 5 + 1 + 1);
  CHECK(found[6].text == "100 snapshots cannot be restored");
}

TEST_CASE("snapshot findings: not looked at is unknown, not fine", "[k3s][snapshot]") {
  auto stale = facts_of({proven(1h)});
  stale.book->looked = kNow - 2h;
  CHECK(kinds(stale).front() ==
        std::pair<std::string, FindingKind>("k3s.snapshot.looked", FindingKind::unknown));
  auto none = facts_of({});
  none.book.reset();
  CHECK(kinds(none) ==
        Kinds{{"k3s.snapshot.looked", FindingKind::unknown}, {"k3s.snapshot.token", kGap}});
}

TEST_CASE("snapshot findings: without an operator's key the token is kept nowhere",
          "[k3s][snapshot]") {
  auto facts = facts_of({proven(1h)});
  facts.operator_key.clear();
  CHECK(kinds(facts).back() == std::pair<std::string, FindingKind>("k3s.snapshot.token", kGap));
  facts.operator_key = "another";
  CHECK(kinds(facts).back() == std::pair<std::string, FindingKind>("k3s.snapshot.token", kGap));
}

TEST_CASE("snapshot findings: the facts are read from the files; a damaged book is none",
          "[k3s][snapshot]") {
  test::FakeFiles files;
  const config::Snapshots config{.operator_key = "K", .s3 = {}};
  CHECK(read_snapshot_facts(files, config, kNow).value() ==
        SnapshotFacts{.book = {}, .sealed = {}, .operator_key = "K", .now = kNow});
  const SnapshotBook book{.looked = kNow, .snapshots = {proven(1h)}};
  files.files[kSnapshotBook] = to_text(book);
  CHECK(read_snapshot_facts(files, config, kNow).value().book == book);
  files.files[kSnapshotBook] = "{";
  CHECK(read_snapshot_facts(files, config, kNow).value().book == std::nullopt);
}
