#include "k3s/snapshot/book.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/k3s/snapshot/support.hpp"

using namespace kgnode::k3s;
using namespace std::chrono_literals;
using test::damaged, test::file_of, test::kNow, test::proven;

TEST_CASE("snapshot book: what was written is read back", "[k3s][snapshot]") {
  const SnapshotBook book{.looked = kNow, .snapshots = {proven(9h), damaged(2h), proven(1h)}};
  CHECK(parse_book(to_text(book)).value() == book);
  CHECK(parse_book(to_text(SnapshotBook{})).value() == SnapshotBook{});
}

TEST_CASE("snapshot book: a damaged one is an error", "[k3s][snapshot]") {
  const auto text = to_text(SnapshotBook{.looked = kNow, .snapshots = {proven(1h)}});
  for (std::size_t end = 0; end + 2 < text.size(); end += 7)
    CHECK_FALSE(parse_book(text.substr(0, end)).has_value());
  for (const std::string_view wrong : {R"({"looked": 1, "snapshots": [1]})", R"({"looked": 1})",
                                       R"({"looked": "x", "snapshots": []})", "[]"})
    CHECK_FALSE(parse_book(wrong).has_value());
}

TEST_CASE("snapshot book: new, changed and long unseen ones are looked at, oldest first",
          "[k3s][snapshot]") {
  auto changed = file_of(2h);
  changed.changed = 8;
  auto grown = file_of(3h);
  grown.size += 512;
  const auto old = file_of(8 * 24h);
  const auto fresh = file_of(1h);
  const auto known = file_of(5h);
  const SnapshotFile no_snapshot{.name = "etcd-snapshot-cp-1-1780000000.part", .size = 1};
  const SnapshotBook book{.looked = kNow,
                          .snapshots = {proven(8 * 24h), proven(5h), proven(3h), proven(2h)}};
  CHECK(to_look_at(book, {fresh, changed, known, grown, no_snapshot, old}, kNow) ==
        std::vector{old, grown, changed, fresh});
}

TEST_CASE("snapshot book: a look in the future, by a clock that was set back, does not count",
          "[k3s][snapshot]") {
  const SnapshotBook book{.looked = kNow, .snapshots = {proven(1h)}};
  CHECK(to_look_at(book, {file_of(1h)}, kNow - 2h).size() == 1);
}

TEST_CASE("snapshot book: what is found takes the place of what was known", "[k3s][snapshot]") {
  SnapshotBook book{.looked = kNow, .snapshots = {proven(3h), proven(1h)}};
  auto again = damaged(3h);
  again.looked = kNow;
  add(book, again);
  add(book, proven(2h));
  CHECK(book.snapshots == std::vector{again, proven(2h), proven(1h)});
}

TEST_CASE("snapshot book: those that are gone go, the others are judged by the token of today",
          "[k3s][snapshot]") {
  const SnapshotBook before{.looked = kNow, .snapshots = {proven(3h), damaged(2h), proven(1h)}};
  auto book = before;
  tidy(book, {file_of(2h), file_of(1h)}, test::kDigits);
  CHECK(book.snapshots == std::vector{damaged(2h), proven(1h)});
  tidy(book, {file_of(2h), file_of(1h)}, "ffffffffffff");
  CHECK(book.snapshots[1].token == TokenFit::other);
  CHECK(book.snapshots[1].trouble() == "it belongs to another server token");
  tidy(book, {file_of(1h)}, "");
  CHECK(book.snapshots[0].token == TokenFit::unknown);
  CHECK_FALSE(book.snapshots[0].proven());
}

TEST_CASE("snapshot book: files are counted as K3s counts them", "[k3s][snapshot]") {
  const auto by_hand = SnapshotFile{.name = "on-demand-cp-1-1780000000", .size = 32};
  const auto foreign = SnapshotFile{.name = "on-demand-cp-2-1780000001", .size = 64};
  CHECK(group({file_of(1h), by_hand, file_of(3h), foreign}, "cp-1") ==
        std::vector<SnapshotGroup>{
            {.base = "", .count = 1, .size = 64, .oldest = kNow + 1s},
            {.base = "etcd-snapshot", .count = 2, .size = 8256, .oldest = kNow - 3h},
            {.base = "on-demand", .count = 1, .size = 32, .oldest = kNow}});
  CHECK(group({}, "cp-1").empty());
}

TEST_CASE("snapshot book: the newest that is proven, not the newest", "[k3s][snapshot]") {
  const SnapshotBook book{.looked = kNow, .snapshots = {proven(3h), proven(2h), damaged(1h)}};
  REQUIRE(newest_proven(book) != nullptr);
  CHECK(*newest_proven(book) == proven(2h));
  CHECK(newest_proven(SnapshotBook{.looked = kNow, .snapshots = {damaged(1h)}}) == nullptr);
}
