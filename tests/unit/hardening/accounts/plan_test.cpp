#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "agent/base/units.hpp"
#include "agent/sys/secret.hpp"
#include "hardening/accounts/accounts.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_owned.hpp"
#include "tests/support/fake_processes.hpp"
#include "tests/support/fake_units.hpp"
#include "tests/support/manual_timers.hpp"

using namespace kgnode;
using core::FindingKind, core::Mode, core::Phase;
using hardening::Accounts;
static_assert(core::Domain<Accounts>);

namespace {

constexpr std::string_view kHash = "$y$j9T$abcdefghijklmnopqrstu.$ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";

/// The databases of a node, and the programs that change them.
struct Node {
  test::FakeFiles files;
  test::FakeProcesses processes;
  test::FakeUnits units;
  test::ManualClock clock;
  test::FakeOwned owned;
  Accounts domain{files, owned, processes, units, clock};
  Accounts::Desired want;

  Node() {
    files.files = {
        {"/etc/passwd",
         "root:x:0:0:root:/root:/bin/bash\nsync:x:4:65534:sync:/bin:/usr/sbin/nologin\n"
         "admin:x:1000:1000::/var/home/admin:/bin/bash\n"},
        {"/etc/shadow",
         "root:*:20000:0:99999:7:::\nsync:*:20000:0:99999:7:::\nadmin:!*:20000:0:99999:7:::\n"},
        {"/etc/group", "root:x:0:\nnogroup:x:65534:\nadmin:x:1000:\n"},
        {"/etc/pam.d/common-auth",
         "auth\trequired\t\t\tpam_faillock.so preauth\n"
         "auth\t[success=1 default=ignore]\tpam_unix.so\n"
         "auth\t[default=die]\t\t\tpam_faillock.so authfail\n"
         "auth\tsufficient\t\t\tpam_faillock.so authsucc\n"
         "auth\trequisite\t\t\tpam_deny.so\n"},
        {"/etc/pam.d/common-account",
         "account\trequired\t\t\tpam_faillock.so\n"
         "account\t[success=1 "
         "default=ignore]\tpam_unix.so\naccount\trequisite\t\t\tpam_deny.so\n"},
        {"/etc/pam.d/su",
         "auth       sufficient pam_rootok.so\n"
         "auth       required   pam_wheel.so use_uid group=sugroup\n"}};
    clock.wall_time = *parse_day("2027-01-01");
    units.states[std::string(Accounts::kConsole)] = "inactive";
    processes.answer = [this](const sys::Command& command) { return carry_out(command); };
  }

  void break_glass(std::string_view day = "2027-01-31") {
    std::string hash(kHash);
    auto secret = sys::SecretBuffer::take(hash);
    want.break_glass = config::BreakGlass{
        .user = "rescue",
        .password_hash =
            config::Secret{.value = std::make_shared<const sys::SecretBuffer>(*std::move(secret)),
                           .file = {}},
        .expires = *parse_day(day)};
  }

  /// The fields of an account's line.
  void edit(const std::string& path, const std::string& name, std::size_t field,
            const std::function<std::string(std::string_view)>& change) {
    std::string out;
    for (const auto line : split(files.files[path], '\n')) {
      if (line.empty()) continue;
      auto fields = split(line, ':');
      std::string text;
      for (std::size_t i = 0; i < fields.size(); ++i) {
        const bool here = fields[0] == name && i == field;
        text += (i == 0 ? "" : ":") + (here ? change(fields[i]) : std::string(fields[i]));
      }
      out += text + "\n";
    }
    files.files[path] = out;
  }

  Result<sys::Output> carry_out(const sys::Command& command) {
    const auto& argv = command.argv;
    if (argv[0] == "/usr/sbin/usermod" && argv[1] == "--lock")
      edit("/etc/shadow", argv[2], 1, [](std::string_view old) { return "!" + std::string(old); });
    if (argv[0] == "/usr/sbin/usermod" && argv[1] == "--shell")
      edit("/etc/passwd", argv[3], 6, [&argv](std::string_view) { return argv[2]; });
    if (argv[0] == "/usr/sbin/usermod" && argv[1] == "--expiredate") {
      const auto days = parse_day(argv[2]).value().time_since_epoch().count();
      edit("/etc/shadow", argv[3], 7, [days](std::string_view) { return std::to_string(days); });
    }
    if (argv[0] == "/usr/sbin/chpasswd") {
      const auto colon = command.input.find(':');
      const auto hash = command.input.substr(colon + 1, command.input.size() - colon - 2);
      edit("/etc/shadow", command.input.substr(0, colon), 1,
           [&hash](std::string_view) { return hash; });
    }
    if (argv[0] == "/usr/bin/systemd-sysusers" && !files.files["/etc/passwd"].contains("rescue:")) {
      files.files["/etc/passwd"] += "rescue:x:1911:1911::/var/home/rescue:/bin/bash\n";
      files.files["/etc/shadow"] += "rescue:!*:20000::::::\n";
      files.files["/etc/group"] += "rescue:x:1911:\n";
    }
    return sys::Output{};
  }

  core::Condition run(Mode mode) { return test::reconcile(domain, want, mode); }
  std::vector<std::string> steps(Mode mode) {
    std::vector<std::string> all;
    for (const auto& step : run(mode).steps) all.push_back(step.text);
    return all;
  }
  std::vector<std::string> ids() {
    std::vector<std::string> all;
    for (const auto& finding : run(Mode::check).findings) {
      CHECK_FALSE(finding.remedy.empty());
      all.push_back(finding.id);
    }
    return all;
  }
};

using Texts = std::vector<std::string>;

/// One way to go against a row of the table, and what mends it.
struct Row {
  std::string id;
  std::function<void(Node&)> violate;
  Texts steps = {};
};

std::function<void(Node&)> append(std::string path, std::string line) {
  return [path, line](Node& node) { node.files.files[path] += line; };
}

std::function<void(Node&)> replace(std::string path, std::string from, std::string to) {
  return [path, from, to](Node& node) {
    auto& text = node.files.files[path];
    text.replace(text.find(from), from.size(), to);
  };
}

const std::vector<Row>& violations() {
  static const std::vector<Row> rows = {
      {"root-locked", replace("/etc/shadow", "root:*", "root:$y$x"), {"lock the password of root"}},
      {"only-root-uid", append("/etc/passwd", "toor:x:0:1000::/:/usr/sbin/nologin\n")},
      {"only-root-gid", append("/etc/passwd", "oper:x:1001:0::/:/bin/bash\n")},
      {"root-group", append("/etc/group", "wheel:x:0:\n")},
      {"no-passwords",
       replace("/etc/shadow", "admin:!*", "admin:$y$x"),
       {"lock the password of admin"}},
      {"no-empty-passwords",
       replace("/etc/shadow", "admin:!*", "admin:"),
       {"lock the password of admin"}},
      {"shadowed", append("/etc/passwd", "old:$1$x:1001:1000::/:/usr/sbin/nologin\n")},
      {"system-shells",
       replace("/etc/passwd", "/bin:/usr/sbin/nologin", "/bin:/bin/sync"),
       {"take the shell from sync"}},
      {"groups-exist", append("/etc/passwd", "lost:x:1001:4711::/:/bin/bash\n")},
      {"unique-uids", append("/etc/passwd", "twin:x:1000:1000::/:/bin/bash\n")},
      {"unique-gids", append("/etc/group", "twin:x:1000:\n")},
      {"unique-names", append("/etc/passwd", "admin:x:1001:1000::/:/bin/bash\n")},
      {"unique-groups", append("/etc/group", "admin:x:1001:\n")},
      {"faillock-auth",
       replace("/etc/pam.d/common-auth", "auth\trequired\t\t\tpam_faillock.so preauth\n", ""),
       {"write /etc/pam.d/common-auth"}},
      {"faillock-account",
       replace("/etc/pam.d/common-account", "account\trequired\t\t\tpam_faillock.so\n", ""),
       {"write /etc/pam.d/common-account"}},
      {"su",
       replace("/etc/pam.d/su", "auth       required   pam_wheel.so use_uid group=sugroup\n", ""),
       {"write /etc/pam.d/su"}}};
  return rows;
}

}  // namespace

TEST_CASE("accounts plan: a node as it should be needs nothing and passes everything",
          "[accounts]") {
  Node node;
  CHECK(node.run(Mode::enforce).phase == Phase::in_sync);
  CHECK(node.ids().empty());
  for (const auto& item : node.run(Mode::check).items) {
    INFO(item.id);
    CHECK(item.kind == FindingKind::pass);
  }
}

TEST_CASE("accounts plan: each rule's violation is found, and healed where that can be",
          "[accounts]") {
  for (const auto& row : violations()) {
    INFO(row.id);
    Node node;
    row.violate(node);
    const auto ids = node.ids();
    CHECK(std::ranges::contains(ids, "accounts." + row.id));
    CHECK(node.steps(Mode::enforce) == row.steps);
    CHECK((row.steps.empty() || !std::ranges::contains(node.ids(), "accounts." + row.id)));
    CHECK(node.run(Mode::check).phase == Phase::in_sync);
  }
  CHECK(violations().size() == Accounts::items({}, {.files = {{std::string(Accounts::kAuth), ""},
                                                              {std::string(Accounts::kAccount), ""},
                                                              {std::string(Accounts::kSu), ""}}})
                                   .size());
}

TEST_CASE("accounts plan: PAM files of another shape are unknown and not touched", "[accounts]") {
  Node node;
  node.files.files["/etc/pam.d/common-auth"] = "auth sufficient pam_sss.so\n";
  CHECK(node.steps(Mode::enforce).empty());
  const auto seen = node.run(Mode::check);
  REQUIRE(seen.findings.size() == 1);
  CHECK(seen.findings[0].id == "accounts.faillock-auth");
  CHECK(seen.findings[0].kind == FindingKind::unknown);
}

TEST_CASE("accounts plan: the laws hold for a break-glass account", "[accounts]") {
  Node node;
  node.break_glass();
  node.units.states[std::string(Accounts::kConsole)] = "active";
  test::check_laws(node.domain, node.want);
}

TEST_CASE("accounts plan: a break-glass account is made, ends, and has its password last",
          "[accounts]") {
  Node node;
  node.break_glass();
  node.files.files["/run/systemd/container"] = "x";  // without a console
  CHECK(node.steps(Mode::enforce) == Texts{"write /etc/sysusers.d/kgnode-break-glass.conf",
                                           "write /etc/tmpfiles.d/kgnode-break-glass.conf",
                                           "make account rescue", "let end the account rescue",
                                           "set the password of rescue"});
  CHECK(node.files.files["/etc/shadow"].contains(std::string("rescue:") + std::string(kHash)));
  const auto entries = hardening::parse_shadow(node.files.files["/etc/shadow"]);
  CHECK(entries.back().expires == *parse_day("2027-02-01"));
  for (const auto& call : node.processes.calls) {
    for (const auto& argument : call) CHECK_FALSE(argument.contains(kHash));
  }
}

TEST_CASE("accounts plan: its console is opened with it and closed after it", "[accounts]") {
  Node node;
  node.break_glass();
  const auto steps = node.run(Mode::check).steps;
  CHECK(steps.back().text == "start kgnode-break-glass.service");
  node.units.states[std::string(Accounts::kConsole)] = "active";
  (void)node.run(Mode::enforce);
  node.want.break_glass.reset();
  const auto closed = node.steps(Mode::check);
  CHECK(closed ==
        Texts{"lock the password of rescue", "remove /etc/sysusers.d/kgnode-break-glass.conf",
              "remove /etc/tmpfiles.d/kgnode-break-glass.conf", "stop kgnode-break-glass.service"});
}

TEST_CASE("accounts plan: after its last day a break-glass account is locked, and that is told",
          "[accounts]") {
  Node node;
  node.break_glass();
  node.units.states[std::string(Accounts::kConsole)] = "active";
  (void)node.run(Mode::enforce);
  CHECK(node.ids().empty());
  node.clock.wall_time += std::chrono::days(20);
  CHECK(node.ids() == Texts{"accounts.break_glass"});  // soon
  node.clock.wall_time += std::chrono::days(11);
  CHECK(std::ranges::contains(node.steps(Mode::check), "lock the password of rescue"));
  CHECK(std::ranges::contains(node.ids(), "accounts.break_glass"));
}

TEST_CASE(
    "accounts plan: a password that is not there, or would write more than itself, opens nothing",
    "[accounts]") {
  Node node;
  node.break_glass();
  node.want.break_glass->password_hash =
      config::Secret{.value = nullptr, .file = "/run/kgnode/secrets/rescue"};
  CHECK(node.steps(Mode::enforce).empty());
  CHECK(node.ids() == Texts{"accounts.break_glass"});
  for (const std::string_view text : {"", "plain", "$y$a:b", "$y$a\nroot:$y$b"}) {
    INFO(text);
    node.files.files["/run/kgnode/secrets/rescue"] = text;
    CHECK(node.steps(Mode::enforce).empty());
  }
  node.files.files["/run/kgnode/secrets/rescue"] = std::string(kHash) + "\n";
  CHECK_FALSE(node.steps(Mode::check).empty());
}

TEST_CASE("accounts observe: without its databases nothing is said of them", "[accounts]") {
  Node node;
  node.files.files.erase("/etc/shadow");
  CHECK(node.run(Mode::enforce).phase == Phase::unknown);
}

TEST_CASE("accounts plan: whoever may log in keeps the shell, whatever the number", "[accounts]") {
  Node node;
  node.want.admin = "operator";
  node.files.files["/etc/passwd"] += "operator:x:994:1000::/var/home/operator:/bin/bash\n";
  node.files.files["/etc/shadow"] += "operator:!*:20000:0:99999:7:::\n";
  CHECK(node.steps(Mode::enforce).empty());
  node.want.admin = "admin";
  CHECK(node.steps(Mode::enforce) == Texts{"take the shell from operator"});
}

TEST_CASE("accounts plan: what is taken from an account is remembered", "[accounts]") {
  Node node;
  replace("/etc/passwd", "/bin:/usr/sbin/nologin", "/bin:/bin/sync")(node);
  replace("/etc/shadow", "admin:!*", "admin:$y$x")(node);
  replace("/etc/shadow", "root:*", "root:")(node);
  CHECK(node.steps(Mode::enforce).size() == 3);
  CHECK(node.run(Mode::check).phase == Phase::in_sync);
  CHECK(node.owned.of(Accounts::kName) == core::Owned::Entries{{"lock admin", "password"},
                                                               {"lock root", "none"},
                                                               {"shell sync", "/bin/sync"}});
}
