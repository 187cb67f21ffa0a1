#include "agent/base/kernel_modules.hpp"
#include "hardening/modules/modules.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_processes.hpp"

using kgnode::core::Mode, kgnode::core::Phase;
using kgnode::hardening::Modules;
using Action = Modules::Action;
using Catch::Matchers::ContainsSubstring;
static_assert(kgnode::core::Domain<Modules>);

namespace {

std::vector<std::string> loads(const Modules::Desired& want, const Modules::Observed& have) {
  std::vector<std::string> names;
  for (const auto& step : Modules::plan(want, have)) {
    if (step.action == Action::load) names.push_back(step.name);
  }
  return names;
}

/// A kernel in memory: modprobe adds to /proc/modules.
struct Node {
  test::FakeFiles files;
  test::FakeProcesses processes;
  Modules domain{files, processes};

  Node() {
    files.files["/proc/sys/kernel/osrelease"] = "6.12.0-test\n";
    files.files["/proc/modules"] = "nfs 1 0 - Live 0x0\n";
    files.files["/lib/modules/6.12.0-test/modules.builtin"] = "kernel/fs/overlayfs/overlay.ko\n";
    files.files["/lib/modules/6.12.0-test/modules.dep"] = "kernel/drivers/md/dm-crypt.ko.xz:\n";
    processes.answer = [this](const kgnode::sys::Command& command) {
      files.files["/proc/modules"] += command.argv.back() + " 1 0 - Live 0x0\n";
      return kgnode::Result<kgnode::sys::Output>(kgnode::sys::Output{});
    };
  }
};

}  // namespace

TEST_CASE("modules plan: what is needed, absent and there to load is loaded", "[modules]") {
  const Modules::Desired want{.preload = {{"a", {}}, {"b", {}}, {"c-c", {}}, {"d", {}}, {"e", {}}}};
  const Modules::Observed have{
      .loaded = {"a"}, .builtin = {"b"}, .missing = {"d"}, .refused = {{"e", "no"}}};
  CHECK(loads(want, have) == std::vector<std::string>{"c-c"});
}

TEST_CASE("modules plan: a denied module has both lines in every spelling", "[modules]") {
  const auto steps = Modules::plan({.deny = {{"usb-storage", {"CIS", "why"}}}}, {});
  REQUIRE_FALSE(steps.empty());
  for (const auto* line :
       {"# why (CIS)\n", "\ninstall usb-storage /bin/false\n", "\nblacklist usb-storage\n",
        "\ninstall usb_storage /bin/false\n", "\nblacklist usb_storage\n"}) {
    CHECK_THAT(steps[0].after, ContainsSubstring(line));
  }
}

TEST_CASE("modules findings: what this kernel cannot do, and what came before us", "[modules]") {
  const Modules::Desired want{.deny = {{"sctp", {}}, {"usb-storage", {}}, {"udf", {}}},
                              .preload = {{"nfs", {}}, {"vxlan", {}}, {"overlay", {}}}};
  const Modules::Observed have{.release = "6.12",
                               .loaded = {"sctp"},
                               .builtin = {"usb_storage", "overlay"},
                               .missing = {"nfs"},
                               .refused = {{"vxlan", "Operation not permitted"}}};
  std::vector<std::string> ids;
  for (const auto& finding : Modules::findings(want, have)) {
    ids.push_back(finding.id);
    CHECK_FALSE(finding.remedy.empty());
  }
  CHECK(ids == std::vector<std::string>{"modules.nfs", "modules.vxlan", "modules.sctp",
                                        "modules.usb-storage"});
}

TEST_CASE("modules: applied once it is in sync, and a second run does nothing", "[modules]") {
  Node node;
  test::check_laws(node.domain, Modules::desired({}));
  CHECK(node.processes.calls ==
        std::vector<std::vector<std::string>>{{"/usr/sbin/modprobe", "--", "dm_crypt"}});
}

TEST_CASE("modules: a load that fails fails once and is a finding from then on", "[modules]") {
  Node node;
  node.processes.answer = [](const kgnode::sys::Command&) {
    return kgnode::Result<kgnode::sys::Output>(
        {.status = 1, .err = "modprobe: Operation not permitted\n"});
  };
  const auto want = Modules::desired({});
  const auto first = test::reconcile(node.domain, want, Mode::enforce);
  CHECK(first.phase == Phase::failed);
  CHECK(first.error == "load module dm_crypt: modprobe: Operation not permitted");
  const auto second = test::reconcile(node.domain, want, Mode::enforce);
  CHECK(second.phase == Phase::in_sync);
  CHECK(std::ranges::any_of(second.findings,
                            [](const auto& finding) { return finding.id == "modules.dm_crypt"; }));
}

TEST_CASE("modules: a replaced file is healed", "[modules]") {
  Node node;
  const auto want = Modules::desired({});
  (void)test::reconcile(node.domain, want, Mode::enforce);
  node.files.files[std::string(Modules::kDenyFile)] = "# gone\n";
  CHECK(test::reconcile(node.domain, want, Mode::enforce).phase == Phase::applied);
  CHECK(node.files.files[std::string(Modules::kDenyFile)].contains("blacklist cramfs"));
}

TEST_CASE("modules items: each rule's violation is found", "[modules]") {
  using kgnode::core::FindingKind;
  const auto want = Modules::desired({});
  Node node;
  for (const auto& [name, rule] : want.preload)
    node.files.files["/lib/modules/6.12.0-test/modules.dep"] += "kernel/" + name + ".ko.xz:\n";
  CHECK(test::reconcile(node.domain, want, Mode::enforce).error == "");
  const auto good = test::run_task(node.domain.observe(want)).value();
  for (const auto& item : Modules::items(want, good)) {
    INFO(item.id << ": " << item.evidence);
    CHECK(item.kind == FindingKind::pass);
  }
  const auto only_gap = [&want](const Modules::Observed& have, const std::string& name) {
    for (const auto& item : Modules::items(want, have)) {
      INFO(item.id);
      CHECK((item.kind == FindingKind::gap) == (item.id == "modules." + name));
      CHECK((item.kind != FindingKind::gap || !item.remedy.empty()));
    }
  };
  for (const auto& [name, rule] : want.deny) {
    auto wrong = good;
    wrong.loaded.insert(kgnode::module_name(name));
    only_gap(wrong, name);
  }
  for (const auto& [name, rule] : want.preload) {
    auto wrong = good;
    wrong.loaded.erase(kgnode::module_name(name));
    wrong.builtin.erase(kgnode::module_name(name));
    only_gap(wrong, name);
  }
  auto edited = good;
  edited.deny_file = "# nothing\n";
  for (const auto& item : Modules::items(want, edited)) {
    const auto name = item.id.substr(std::string_view("modules.").size());
    CHECK((item.kind == FindingKind::gap) == want.deny.contains(name));
  }
}
