#include "hardening/sysctl/sysctl.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_owned.hpp"
#include "tests/support/fake_proc_sys.hpp"

using kgnode::core::Mode, kgnode::core::Phase;
using kgnode::hardening::Sysctl;
using Action = Sysctl::Action;
using Steps = std::vector<Sysctl::Step>;
using Catch::Matchers::ContainsSubstring;
static_assert(kgnode::core::Domain<Sysctl>);

namespace {

Sysctl::Desired wanting(std::map<std::string, std::string> values) {
  Sysctl::Desired want;
  for (auto& [key, value] : values) want.settings[key] = {value, "RULE-1", "because"};
  return want;
}

/// The plan without the step for the file.
Steps keys_only(const Sysctl::Desired& want, const Sysctl::Observed& have) {
  auto steps = Sysctl::plan(want, have);
  std::erase_if(steps, [](const auto& step) { return step.action == Action::write_file; });
  return steps;
}

std::string only_finding(const Sysctl::Desired& want, const Sysctl::Observed& have) {
  const auto found = Sysctl::findings(want, have);
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].remedy.empty());
  return found[0].id + ": " + found[0].text;
}

struct Node {
  test::FakeProcSys kernel;
  test::FakeFiles files;
  test::FakeOwned owned;
  Sysctl domain{kernel, files, owned};
};

}  // namespace

TEST_CASE("sysctl plan: a drifted key is set, one in place is left alone", "[sysctl]") {
  const auto want = wanting({{"kernel.a", "2"}, {"kernel.b", "1"}});
  CHECK(keys_only(want, {.current = {{"kernel.a", {"0"}}, {"kernel.b", {"1"}}}}) ==
        Steps{{Action::set, "kernel.a", "0", "2"}});
}

TEST_CASE("sysctl plan: what this kernel cannot do is a finding and no step", "[sysctl]") {
  struct Row {
    Sysctl::Desired want;
    Sysctl::Observed have;
    std::string says;
  };
  const std::vector<Row> rows = {
      {wanting({{"kernel.gone", "1"}}), {}, "sysctl.kernel.gone: kernel.gone: this kernel has no"},
      {wanting({{"kernel.a", "1"}}),
       {.current = {{"kernel.a", {"0", false}}}},
       "is 0 instead of 1 and read-only here"},
      {wanting({{"kernel.a", "1"}}),
       {.current = {{"kernel.a", {"0"}}}, .refused = {{"kernel.a", "1"}}},
       "this kernel does not take 1, it stays 0"},
      {wanting({{"kernel.unprivileged_bpf_disabled", "0"}}),
       {.current = {{"kernel.unprivileged_bpf_disabled", {"1"}}}},
       "is 1 and can become 0 only at boot"},
      {{},
       {.current = {{"kernel.kexec_load_disabled", {"1"}}},
        .owned = {{"kernel.kexec_load_disabled", "0"}}},
       "is 1 and can become 0 only at boot"},
  };
  for (const auto& row : rows) {
    CHECK(keys_only(row.want, row.have).empty());
    CHECK_THAT(only_finding(row.want, row.have), ContainsSubstring(row.says));
  }
}

TEST_CASE("sysctl plan: a latch is no obstacle on the way in", "[sysctl]") {
  const auto want = wanting({{"kernel.kexec_load_disabled", "1"}});
  CHECK(keys_only(want, {.current = {{"kernel.kexec_load_disabled", {"0"}}}}).size() == 1);
}

TEST_CASE("sysctl plan: another value than the refused one is tried", "[sysctl]") {
  const auto want = wanting({{"kernel.a", "2"}});
  CHECK(keys_only(want, {.current = {{"kernel.a", {"0"}}}, .refused = {{"kernel.a", "1"}}}) ==
        Steps{{Action::set, "kernel.a", "0", "2"}});
}

TEST_CASE("sysctl plan: a key that left the configuration is given back", "[sysctl]") {
  CHECK(keys_only({}, {.current = {{"vm.a", {"10"}}}, .owned = {{"vm.a", "60"}}}) ==
        Steps{{Action::give_back, "vm.a", "10", "60"}});
  CHECK(keys_only({}, {.current = {{"vm.a", {"60"}}}, .owned = {{"vm.a", "60"}}}) ==
        Steps{{Action::forget, "vm.a"}});
  CHECK(keys_only({}, {.owned = {{"vm.gone", "60"}}}) == Steps{{Action::forget, "vm.gone"}});
}

TEST_CASE("sysctl plan: forwarding comes first, because it rewrites others", "[sysctl]") {
  const auto want =
      wanting({{"net.ipv4.conf.all.accept_redirects", "0"}, {"net.ipv4.ip_forward", "1"}});
  const auto steps = keys_only(want, {.current = {{"net.ipv4.conf.all.accept_redirects", {"1"}},
                                                  {"net.ipv4.ip_forward", {"0"}}}});
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].key == "net.ipv4.ip_forward");
}

TEST_CASE("sysctl plan: the file has each key with its reason and rule id", "[sysctl]") {
  const auto steps = Sysctl::plan(wanting({{"kernel.a", "2"}}), {});
  REQUIRE(steps.size() == 1);
  CHECK_THAT(steps[0].after, ContainsSubstring("\n# because (RULE-1)\nkernel.a = 2\n"));
}

TEST_CASE("sysctl: applied once it is in sync, and a second run does nothing", "[sysctl]") {
  Node node;
  node.kernel.values = {{"kernel.kptr_restrict", "0"}, {"vm.overcommit_memory", "0"}};
  test::check_laws(node.domain, Sysctl::desired({}));
  CHECK(node.kernel.writes ==
        std::vector<std::string>{"kernel.kptr_restrict=2", "vm.overcommit_memory=1"});
}

TEST_CASE("sysctl: the value before is on disk before the change, and comes back", "[sysctl]") {
  Node node;
  node.kernel.values = {{"kernel.a", "0"}};
  (void)test::reconcile(node.domain, wanting({{"kernel.a", "2"}}), Mode::enforce);
  CHECK(node.owned.of("sysctl").at("kernel.a") == "0");
  test::check_laws(node.domain, {});
  CHECK(node.kernel.values.at("kernel.a") == "0");
  CHECK(node.owned.of("sysctl").empty());
}

TEST_CASE("sysctl: a value that the kernel refuses fails once and is a finding from then on",
          "[sysctl]") {
  Node node;
  node.kernel.values = {{"kernel.a", "0"}, {"kernel.b", "0"}};
  node.kernel.refused = {"kernel.a"};
  const auto want = wanting({{"kernel.a", "9"}, {"kernel.b", "1"}});
  const auto first = test::reconcile(node.domain, want, Mode::enforce);
  CHECK(first.phase == Phase::failed);
  CHECK(first.error == "set kernel.a: write kernel.a: Invalid argument");
  const auto second = test::reconcile(node.domain, want, Mode::enforce);
  CHECK(second.phase == Phase::applied);
  CHECK(node.kernel.values.at("kernel.b") == "1");
  REQUIRE(second.findings.size() == 1);
  CHECK(second.findings[0].id == "sysctl.kernel.a");
}

TEST_CASE("sysctl items: each rule of the profile passes with its value, and with no other",
          "[sysctl]") {
  const auto want = Sysctl::desired({});
  Sysctl::Observed have;
  for (const auto& [key, setting] : want.settings) have.current[key] = {setting.value};
  for (const auto& item : Sysctl::items(want, have)) {
    INFO(item.id);
    CHECK(item.kind == kgnode::core::FindingKind::pass);
  }
  for (const auto& [key, setting] : want.settings) {
    INFO(key);
    auto wrong = have;
    wrong.current[key] = {"4711"};
    const auto steps = keys_only(want, wrong);
    REQUIRE(steps.size() == 1);
    CHECK(steps[0] == Sysctl::Step{Action::set, key, "4711", setting.value});
    wrong.current.erase(key);
    for (const auto& item : Sysctl::items(want, wrong)) {
      const bool this_one = item.id == "sysctl." + key;
      CHECK((item.kind == kgnode::core::FindingKind::not_applicable) == this_one);
    }
  }
}
