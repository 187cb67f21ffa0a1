/// One file, or one change of one account by the programs of Debian, which hold the locks.
#include "agent/sys/secret.hpp"
#include "hardening/accounts/accounts.hpp"

namespace kgnode::hardening {
namespace {

/// Argument vectors are made apart: g++ 14 stops at an initializer list inside co_await.
using Argv = std::vector<std::string>;
Argv lock(const std::string& name) { return {"/usr/sbin/usermod", "--lock", name}; }
Argv no_shell(const std::string& name) {
  return {"/usr/sbin/usermod", "--shell", "/usr/sbin/nologin", name};
}
Argv set_expiry(const std::string& name, const std::string& day) {
  return {"/usr/sbin/usermod", "--expiredate", day, name};
}
Argv sysusers() { return {"/usr/bin/systemd-sysusers", std::string(Accounts::kUserFile)}; }
Argv tmpfiles() {
  return {"/usr/bin/systemd-tmpfiles", "--create", std::string(Accounts::kHomeFile)};
}
Argv chpasswd() { return {"/usr/sbin/chpasswd", "--encrypted"}; }

}  // namespace

Task<Result<>> Accounts::run(std::vector<std::string> argv, std::string input) {
  sys::Command command{.argv = std::move(argv), .input = std::move(input)};
  co_return co_await sys::run_to_success(processes_, std::move(command));
}

/// By standard input: arguments are seen by everybody.
Task<Result<>> Accounts::set_password(std::string name) {
  if (!hash_) co_return fail(Error::plain("the password hash is gone since it was looked at"));
  std::string line = name + ":" + std::string(hash_->view()) + "\n";
  auto done = co_await run(chpasswd(), line);
  sys::wipe(line);
  co_return done;
}

/// Remembered first, so that it can be given back.
Task<Result<>> Accounts::change_account(std::string key, std::string before,
                                        std::vector<std::string> argv) {
  auto remembered = owned_.remember(kName, key, before);
  if (!remembered) co_return remembered;
  co_return co_await run(std::move(argv));
}

Task<Result<>> Accounts::apply(const Step& step) {
  switch (step.action) {
    case Action::write_file:
      co_return files_.replace(step.subject, step.after, 0644);
    case Action::remove_file:
      co_return files_.remove(step.subject);
    case Action::lock:
      co_return co_await change_account(std::string(kLocked) + step.subject, step.before,
                                        lock(step.subject));
    case Action::no_shell:
      co_return co_await change_account(std::string(kShell) + step.subject, step.before,
                                        no_shell(step.subject));
    case Action::make_break_glass: {
      auto made = co_await run(sysusers());
      if (!made) co_return made;
      co_return co_await run(tmpfiles());
    }
    case Action::set_password:
      co_return co_await set_password(step.subject);
    case Action::set_expiry:
      co_return co_await run(set_expiry(step.subject, step.after));
    case Action::open_console:
      co_return co_await units_.restart(step.subject);
    case Action::close_console:
      co_return co_await units_.stop(step.subject);
  }
  co_return fail(Error::plain("accounts: unknown step"));
}

}  // namespace kgnode::hardening
