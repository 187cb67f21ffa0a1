/// One step of giving the node back.
#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "agent/release/release.hpp"
#include "hardening/accounts/accounts.hpp"
#include "hardening/ban_sets.hpp"
#include "hardening/ssh/ssh.hpp"

namespace kgnode::release {
namespace {

using hardening::Accounts, hardening::Ssh;
using Argv = std::vector<std::string>;

constexpr std::chrono::minutes kLimit{2};
constexpr int kNoSuchAccount = 6;  // usermod(8)

/// As that user, so that nothing in a home can turn it against somebody else's file.
sys::Command as_user(const Release::Account& account, Argv argv, std::string input = {}) {
  Argv all{"/usr/bin/setpriv", std::format("--reuid={}", account.uid),
           std::format("--regid={}", account.gid), "--init-groups"};
  std::ranges::move(argv, std::back_inserter(all));
  return {.argv = std::move(all), .input = std::move(input)};
}

}  // namespace

Task<Result<>> Release::run(sys::Command command) {
  command.limit = kLimit;
  co_return co_await sys::run_to_success(processes_, std::move(command));
}

Task<Result<>> Release::add_keys(const Step& step) {
  const auto account = std::ranges::find(accounts_, step.subject, &Account::user);
  if (account == accounts_.end()) co_return fail(Error::plain("no account " + step.subject));
  const auto folder = account->home + "/.ssh";
  Argv make{"/usr/bin/mkdir", "-p", "-m", "0700", folder};
  auto made = co_await run(as_user(*account, std::move(make)));
  if (!made) co_return made;
  Argv append{"/usr/bin/tee", "-a", folder + "/authorized_keys"};
  co_return co_await run(as_user(*account, std::move(append), step.after));
}

Result<> Release::give_back(const std::string& path) {
  const auto all = TRY(kept_.kept());
  const auto found = all.find(path);
  if (found == all.end()) return {};
  const auto& kept = found->second;
  // Before the file: if we are stopped in between, the next run still reloads.
  if (path == Ssh::kDropIn) TRY(files_.replace(std::string(Ssh::kReloadMark), "", 0600));
  if (!kept.before) {
    TRY(files_.remove(path));
  } else {
    if (!kept.only_attributes) TRY(files_.replace(path, kept.text, kept.before->mode));
    if (TRY(files_.attributes(path))) TRY(files_.set_attributes(path, *kept.before));
  }
  return kept_.forget(path);
}

/// One that is gone by now is given back nothing.
Task<Result<>> Release::give_back_account(Step step) {
  const auto name = step.subject.substr(step.subject.find(' ') + 1);
  if (step.action != Action::stay_locked) {
    Argv argv{"/usr/sbin/usermod", "--unlock", name};
    if (step.action == Action::give_shell)
      argv = {"/usr/sbin/usermod", "--shell", step.after, name};
    sys::Command command{.argv = std::move(argv), .limit = kLimit};
    auto ran = co_await processes_.run(std::move(command));
    if (!ran) co_return fail(std::move(ran).error());
    if (ran->status != 0 && ran->status != kNoSuchAccount) {
      co_return fail(Error::plain(std::format(
          "{} cannot be given back: usermod: {}; mend that, then remove the package again",
          step.subject, printable(trim(ran->err)))));
    }
  }
  co_return owned_.forget(Accounts::kName, step.subject);
}

Task<Result<>> Release::apply(const Step& step) {
  switch (step.action) {
    case Action::refuse:
      co_return fail(Error::plain(step.subject));
    case Action::unmount: {
      sys::Command stop{.argv = {"/usr/bin/systemctl", "stop", step.subject}};
      co_return co_await run(std::move(stop));
    }
    case Action::lock: {
      sys::Command close{.argv = {"/usr/sbin/cryptsetup", "close", step.subject}};
      co_return co_await run(std::move(close));
    }
    case Action::add_keys:
      co_return co_await add_keys(step);
    case Action::hand_over_host_keys: {
      sys::Command copy{.argv = {"/usr/bin/install", "-m", "0600", "-t", step.subject}};
      std::ranges::copy(host_keys_, std::back_inserter(copy.argv));
      co_return co_await run(std::move(copy));
    }
    case Action::give_back:
      co_return give_back(step.subject);
    case Action::give_shell:
    case Action::unlock:
    case Action::stay_locked:
      co_return co_await give_back_account(step);
    case Action::leave:
      co_return kept_.forget(step.subject);
    case Action::reload: {
      auto done = co_await units_.reload(step.subject);
      if (!done || step.subject != Ssh::kUnit) co_return done;
      co_return files_.remove(std::string(Ssh::kReloadMark));
    }
    case Action::remove_table:
      co_return nftables_.remove(hardening::kFirewallTable);
  }
  co_return fail(Error::plain("release: unknown step"));
}

}  // namespace kgnode::release
