#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "hardening/baseline/baseline.hpp"
#include "hardening/baseline/edit.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"

using namespace kgnode;
using core::FindingKind, core::Mode, core::Phase;
using hardening::Baseline, hardening::BaselineKind, hardening::BaselineRow;
static_assert(core::Domain<Baseline>);

namespace {

constexpr std::string_view kMountinfo = "/proc/1/mountinfo";

struct Node {
  test::FakeFiles files;
  Baseline domain{files};
  Baseline::Desired want = Baseline::desired({});

  /// With everything there that a row could be about, before we came.
  Node() {
    for (const auto& row : want.rows) {
      if (row.needs != "-") files.files.try_emplace(row.needs, "");
      if (row.kind == BaselineKind::mode || row.kind == BaselineKind::seen_mode) {
        files.files.try_emplace(row.subject, "");
        files.modes[row.subject] = {.mode = 0777, .uid = 0, .gid = 0};
      }
      if (row.kind == BaselineKind::seen_mode)
        files.modes[row.subject].mode = hardening::parse_file_mode(row.value)->mode;
      if (row.kind == BaselineKind::absent) files.files[row.subject] = "somebody\n";
      if (row.kind == BaselineKind::mount) mount(row.subject, row.value);
    }
  }

  void mount(std::string_view target, std::string_view options) {
    files.files[std::string(kMountinfo)] +=
        std::format("36 35 0:32 / {} rw,{} shared:1 - tmpfs tmpfs rw\n", target, options);
  }
  core::Condition run(Mode mode) { return test::reconcile(domain, want, mode); }
};

const core::Item& item_of(const std::vector<core::Item>& items, const Node& node,
                          const BaselineRow& row) {
  const auto at = std::ranges::find_if(node.want.rows, [&row](const BaselineRow& other) {
    return other.kind == row.kind && other.subject == row.subject && other.key == row.key;
  });
  return items.at(static_cast<std::size_t>(at - node.want.rows.begin()));
}

bool can_be_healed(const BaselineRow& row) {
  return row.kind != BaselineKind::mount && row.kind != BaselineKind::no_unit &&
         row.kind != BaselineKind::seen_mode && row.kind != BaselineKind::deviates;
}

void violate(Node& node, const BaselineRow& row) {
  auto& text = node.files.files[row.subject];
  switch (row.kind) {
    case BaselineKind::mode:
    case BaselineKind::seen_mode:
      node.files.modes[row.subject] = {.mode = 0777, .uid = 7, .gid = 7};
      break;
    case BaselineKind::mount:
      node.files.files.erase(row.subject);
      node.mount(row.subject, "relatime");
      break;
    case BaselineKind::no_unit:
      node.files.files.erase(row.subject);
      node.files.files["/usr/lib/systemd/system/" + row.subject] = "[Unit]\n";
      break;
    case BaselineKind::absent:
      text = "somebody\n";
      break;
    case BaselineKind::deviates:
      node.files.files.erase(row.subject);
      break;
    case BaselineKind::flag:
      text = "# nothing\n";
      break;
    default:
      text = hardening::with_setting(text, {.kind = row.kind, .key = row.key, .value = "wrong"});
  }
}

}  // namespace

TEST_CASE("baseline plan: the laws of a domain hold for the whole table", "[baseline]") {
  Node node;
  test::check_laws(node.domain, node.want);
  for (const auto& item : node.run(Mode::check).items) {
    INFO(item.id << ": " << item.evidence);
    CHECK((item.kind == FindingKind::pass || !item.deviation.empty()));
  }
}

TEST_CASE("baseline plan: each rule's violation is found, and healed where that can be",
          "[baseline]") {
  for (const auto& row : Node().want.rows) {
    INFO(row.subject << " " << row.key);
    Node node;
    (void)node.run(Mode::enforce);
    violate(node, row);
    const auto found = node.run(Mode::check);
    const auto& item = item_of(found.items, node, row);
    CHECK(item.kind == FindingKind::gap);
    CHECK((!item.remedy.empty() || row.kind == BaselineKind::deviates));
    CHECK(found.phase == (can_be_healed(row) ? Phase::pending : Phase::in_sync));
    const auto healed = node.run(Mode::enforce);
    CHECK(healed.error == "");
    if (can_be_healed(row))
      CHECK(item_of(node.run(Mode::check).items, node, row).kind == FindingKind::pass);
  }
}

TEST_CASE("baseline plan: what only a person can mend is a finding, a deviation is none",
          "[baseline]") {
  for (const auto& row : Node().want.rows) {
    if (can_be_healed(row)) continue;
    INFO(row.subject << " " << row.key);
    Node node;
    (void)node.run(Mode::enforce);
    violate(node, row);
    const auto findings = node.run(Mode::check).findings;
    const bool told = row.conflict == "-";
    REQUIRE(findings.size() == (told ? 1 : 0));
    if (told) CHECK_FALSE(findings[0].remedy.empty());
  }
}

TEST_CASE("baseline plan: what a row is about and is not there is no pass", "[baseline]") {
  Node node;
  node.files.files = {
      {std::string(kMountinfo), "36 35 0:32 / /var rw,nodev,nosuid - ext4 /dev/vda1 rw\n"}};
  for (const auto& row : node.want.rows) {
    if (row.needs == "-") continue;
    INFO(row.subject << " " << row.key);
    const auto items = node.run(Mode::check).items;
    CHECK(item_of(items, node, row).kind == FindingKind::not_applicable);
  }
}

TEST_CASE("baseline plan: rights are only ever taken away", "[baseline]") {
  Node node;
  node.want.rows = {{.kind = BaselineKind::mode,
                     .subject = "/etc/x",
                     .key = "-",
                     .value = "0640 root:shadow",
                     .needs = "/etc/x"}};
  node.files.files["/etc/x"] = "";
  for (const auto& [now, wanted] :
       std::vector<std::pair<sys::Files::Attributes, sys::Files::Attributes>>{
           {{0600, 0, 42}, {0600, 0, 42}},
           {{0000, 0, 0}, {0000, 0, 0}},
           {{0644, 0, 42}, {0640, 0, 42}},
           {{0640, 5, 5}, {0640, 0, 42}},
           {{04711, 0, 0}, {0600, 0, 0}}}) {
    node.files.modes["/etc/x"] = now;
    (void)node.run(Mode::enforce);
    CHECK(node.files.modes["/etc/x"] == wanted);
  }
}

TEST_CASE("baseline plan: in a container nothing is said of mounts", "[baseline]") {
  Node node;
  node.files.files["/run/systemd/container"] = "x";
  for (const auto& item : node.run(Mode::check).items) {
    if (item.id == "baseline./tmp" || item.id == "baseline./var")
      CHECK(item.kind == FindingKind::not_applicable);
  }
}

TEST_CASE("baseline plan: a unit that is masked is as good as none", "[baseline]") {
  Node node;
  (void)node.run(Mode::enforce);
  node.files.files["/usr/lib/systemd/system/cups.service"] = "[Unit]\n";
  node.files.files["/etc/systemd/system/cups.service"] = "";
  CHECK(node.run(Mode::check).findings.empty());
  node.files.files["/etc/systemd/system/cups.service"] = "[Service]\n";
  CHECK(node.run(Mode::check).findings.size() == 1);
}
