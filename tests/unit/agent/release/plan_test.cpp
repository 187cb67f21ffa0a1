/// What is given back, in which order, and what is left alone.
#include "agent/release/release.hpp"
#include "agent/state/pending.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_nftables.hpp"
#include "tests/support/fake_owned.hpp"
#include "tests/support/fake_processes.hpp"
#include "tests/support/fake_units.hpp"

using kgnode::release::find_account;
using kgnode::release::Release;
using Action = Release::Action;
using Attributes = kgnode::sys::Files::Attributes;

namespace {

const std::string kKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHdNyB1YOwcU1cYXbyLQ7Jn1nMHYDTcNi0b2hWZcnIKt ops";
const std::string kDropIn = "/etc/ssh/sshd_config.d/00-kgnode.conf";
const std::string kMount = "/etc/systemd/system/var-lib-longhorn.mount";
constexpr auto kOurs = "# Written by kgnode\n";

Release::File written() {
  return {.kept = {}, .text = kOurs, .attributes = Attributes{.mode = 0644}};
}

std::vector<Action> actions(const std::vector<Release::Step>& steps) {
  std::vector<Action> list;
  for (const auto& step : steps) list.push_back(step.action);
  return list;
}

Action fate(const std::string& path, const Release::File& file) {
  const auto steps = Release::plan({}, {.files = {{path, file}}});
  REQUIRE(!steps.empty());
  return steps.front().action;
}

}  // namespace

TEST_CASE("release plan: nothing of ours, nothing to do") { CHECK(Release::plan({}, {}).empty()); }

TEST_CASE("release plan: the way in comes first, the packet filter goes last") {
  const Release::Desired want{.keys = {{"admin", {kKey}}}};
  const Release::Observed have{
      .files = {{kDropIn, written()}, {"/etc/sysctl.d/90-kgnode.conf", written()}},
      .accounts = {{"admin", 1000, 1000, "/home/admin", ""}},
      .host_keys = {"/var/lib/kgnode/ssh/ssh_host_ed25519_key"},
      .table = true};
  CHECK(actions(Release::plan(want, have)) ==
        std::vector{Action::add_keys, Action::hand_over_host_keys, Action::give_back,
                    Action::give_back, Action::reload, Action::remove_table});
}

TEST_CASE("release plan: keys that the user has already are not added, a cut line is ended") {
  const Release::Desired want{.keys = {{"admin", {kKey}}}};
  Release::Observed have{.files = {{kDropIn, written()}},
                         .accounts = {{"admin", 1000, 1000, "/home/admin", "# mine"}},
                         .own_host_keys = true};
  CHECK(Release::plan(want, have).front().after == "\n" + kKey + "\n");
  have.accounts[0].authorized = kKey.substr(0, kKey.size() - 3) + "another comment\n";
  CHECK(Release::plan(want, have).front().action == Action::give_back);
}

TEST_CASE("release plan: while sshd is not ruled by us no keys are handed out") {
  const Release::Desired want{.keys = {{"admin", {kKey}}}};
  const Release::Observed have{.accounts = {{"admin", 1000, 1000, "/home/admin", ""}},
                               .host_keys = {"/var/lib/kgnode/ssh/ssh_host_ed25519_key"}};
  CHECK(Release::plan(want, have).empty());
}

TEST_CASE("release plan: K3s on the data disk stops everything") {
  const Release::Observed have{
      .files = {{kMount, written()}}, .k3s = {"k3s.service"}, .mounted = true, .table = true};
  const auto steps = Release::plan({}, have);
  REQUIRE(actions(steps) == std::vector{Action::refuse});
  CHECK(steps[0].subject.contains("systemctl stop k3s.service"));
}

TEST_CASE("release plan: an sshd that would not start again stops everything") {
  const Release::Observed have{
      .files = {{kDropIn, written()}}, .sshd_error = "line 1: Bad option", .table = true};
  CHECK(actions(Release::plan({}, have)) == std::vector{Action::refuse});
}

TEST_CASE("release plan: the data disk is unmounted, then closed") {
  const Release::Observed have{.files = {{kMount, written()}}, .mounted = true, .unlocked = true};
  CHECK(actions(Release::plan({}, have)) ==
        std::vector{Action::unmount, Action::lock, Action::give_back});
}

TEST_CASE("release plan: a file that somebody else has written meanwhile is left alone") {
  Release::File file{.kept = {.before = Attributes{.mode = 0600}, .text = "GenerateName=yes\n"},
                     .text = "InitiatorName=iqn.2001-04.com.example:storage\n",
                     .attributes = Attributes{.mode = 0600}};
  CHECK(fate("/etc/iscsi/initiatorname.iscsi", file) == Action::leave);
  file.text = std::string(kOurs) + "InitiatorName=iqn.1993-08.org.debian:01:0123456789ab\n";
  CHECK(fate("/etc/iscsi/initiatorname.iscsi", file) == Action::give_back);
}

TEST_CASE("release plan: a file without our mark is given back while it is what we wrote last") {
  Release::File file{.kept = {.before = Attributes{.mode = 0644},
                              .text = "Debian\n",
                              .written = kgnode::state::hash_text("Authorized users only.\n")},
                     .text = "Authorized users only.\n",
                     .attributes = Attributes{.mode = 0644}};
  CHECK(fate("/etc/issue.net", file) == Action::give_back);
  file.text = "Somebody else's\n";
  CHECK(fate("/etc/issue.net", file) == Action::leave);
}

TEST_CASE("release plan: attributes are given back, whatever they are now") {
  Release::File file{
      .kept = {.before = Attributes{.mode = 0644}, .text = {}, .only_attributes = true},
      .text = {},
      .attributes = Attributes{.mode = 0600}};
  CHECK(fate("/etc/ssh/sshd_config", file) == Action::give_back);
  file.attributes = Attributes{.mode = 0640};
  CHECK(fate("/etc/ssh/sshd_config", file) == Action::give_back);
}

TEST_CASE("release: an account is found by name, root never is") {
  const auto passwd = "root:x:0:0::/root:/bin/sh\nadmin:x:1000:1001:,:/home/admin:/bin/bash\n";
  CHECK(find_account(passwd, "admin") == Release::Account{"admin", 1000, 1001, "/home/admin", ""});
  CHECK(!find_account(passwd, "root"));
  CHECK(!find_account(passwd, "adm"));
  CHECK(!find_account("x:x:1000", "x"));
}

TEST_CASE("release: accounts get back what was taken from them") {
  test::FakeFiles files;
  test::FakeOwned owned;
  kgnode::state::KeptFiles kept(files, owned);
  test::FakeProcesses processes;
  std::vector<std::string> ran;
  processes.answer = [&ran](const kgnode::sys::Command& command) {
    if (command.argv[0] == "/usr/sbin/usermod") ran.push_back(command.argv.back());
    const bool gone = command.argv.back() == "gone";
    return kgnode::Result<kgnode::sys::Output>(
        {.status = gone ? 6 : 0, .out = {}, .err = "no such user"});
  };
  test::FakeUnits units;
  test::FakeNftables nftables;
  files.files["/etc/passwd"] = "";
  for (const auto& [what, before] : {std::pair{"shell sync", "/bin/sync"},
                                     {"lock debian", "password"},
                                     {"lock empty", "none"},
                                     {"lock gone", "password"}})
    REQUIRE(owned.remember("accounts", what, before));
  Release release(files, kept, owned, processes, units, nftables);
  test::check_laws(release, {});
  // usermod opens no account that would have no password.
  CHECK(ran == std::vector<std::string>{"debian", "gone", "sync"});
  CHECK(owned.of("accounts").empty());
}

TEST_CASE("release: applied once, nothing is left, and files are as before") {
  test::FakeFiles files;
  test::FakeOwned owned;
  kgnode::state::KeptFiles kept(files, owned);
  test::FakeProcesses processes;
  std::string authorized;
  processes.answer = [&authorized](const kgnode::sys::Command& command) {
    if (command.argv.size() > 4 && command.argv[4] == "/usr/bin/tee") authorized += command.input;
    return kgnode::Result<kgnode::sys::Output>({.status = 0, .out = authorized, .err = {}});
  };
  test::FakeUnits units;
  test::FakeNftables nftables;
  nftables.table = kgnode::sys::nft::Table{.name = "kgnode"};
  files.files["/etc/passwd"] = "admin:x:1000:1000::/home/admin:/bin/bash\n";
  files.files["/etc/ssh/ssh_host_ed25519_key"] = "key";
  files.files["/etc/issue.net"] = "Debian\n";
  REQUIRE(kept.replace("/etc/issue.net", "Authorized users only.\n", 0644));
  REQUIRE(kept.replace(kDropIn, kOurs, 0600));

  Release release(files, kept, owned, processes, units, nftables);
  test::check_laws(release, {.keys = {{"admin", {kKey}}}});
  CHECK(files.files["/etc/issue.net"] == "Debian\n");
  CHECK(!files.files.contains(kDropIn));
  CHECK(authorized == kKey + "\n");
  CHECK(units.jobs == std::vector<std::string>{"reload ssh.service"});
  CHECK(!nftables.table);
  CHECK(owned.of("files").empty());
}
