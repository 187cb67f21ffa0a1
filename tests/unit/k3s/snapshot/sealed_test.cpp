#include "k3s/snapshot/sealed.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/unit/k3s/snapshot/support.hpp"

using namespace kgnode::k3s;
using namespace std::chrono_literals;
using test::name_of, test::proven, test::kNow;

namespace {

SealedToken sealed(std::string name, std::string digits = "0123456789ab", std::string key = "K") {
  return {
      .snapshot = std::move(name), .digits = std::move(digits), .key = std::move(key), .box = "B"};
}

}  // namespace

TEST_CASE("sealed token: only the operator's key opens it", "[k3s][snapshot]") {
  using namespace kgnode::sys;
  const auto keys = make_box_keys().value();
  const auto others = make_box_keys().value();
  const auto box =
      seal_to_key("K10::server:secret", parse_public_key(keys.public_key).value()).value();
  CHECK(open_box(box, keys.secret_key).value().view() == "K10::server:secret");
  CHECK_FALSE(open_box(box, others.secret_key).has_value());
  auto changed = box;
  changed[10] = changed[10] == 'A' ? 'B' : 'A';
  CHECK_FALSE(open_box(changed, keys.secret_key).has_value());
  for (const std::string_view wrong : {"", "AAAA", "no base64!"})
    CHECK_FALSE(open_box(wrong, keys.secret_key).has_value());
  CHECK(box.find("secret") == std::string::npos);
}

TEST_CASE("sealed token: what was written is read back", "[k3s][snapshot]") {
  test::FakeFiles files;
  const auto one = sealed(name_of(1h));
  const auto path = std::string(kTokenFolder) + "/" + one.snapshot;
  files.files[path + ".sealed"] = to_text(one);
  files.files[path + "0.sealed"] = to_text(one);  // under the name of another snapshot
  files.files[path + "1.sealed"] = "{";
  files.files[path + "1"] = to_text(one);
  CHECK(read_sealed(files).value() == std::vector{one});
}

TEST_CASE("sealed token: each proven snapshot gets one for the key of today", "[k3s][snapshot]") {
  const SnapshotBook book{.looked = kNow, .snapshots = {proven(3h), test::damaged(2h), proven(1h)}};
  CHECK(to_seal(book, {}, "K") == std::vector{name_of(3h), name_of(1h)});
  CHECK(to_seal(book, {sealed(name_of(3h))}, "K") == std::vector{name_of(1h)});
  CHECK(to_seal(book, {sealed(name_of(3h))}, "L") == std::vector{name_of(3h), name_of(1h)});
}

TEST_CASE("sealed token: the last one of a token is never removed", "[k3s][snapshot]") {
  const SnapshotBook book{.looked = kNow, .snapshots = {proven(1h)}};
  const auto now = sealed(name_of(1h));
  const auto gone = sealed(name_of(5h));
  const auto old_token = sealed(name_of(9h), "ffffffffffff");
  const auto older_of_it = sealed(name_of(10h), "ffffffffffff");
  const auto old_key = sealed(name_of(8h), "0123456789ab", "L");
  CHECK(to_remove(book, {older_of_it, old_token, old_key, gone, now}) ==
        std::vector{older_of_it.snapshot, gone.snapshot});
  CHECK(to_remove(book, {old_token, old_key, now}).empty());
  CHECK(to_remove(SnapshotBook{}, {gone, now}) == std::vector{gone.snapshot});
}
