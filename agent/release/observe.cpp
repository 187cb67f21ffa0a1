/// What is still ours on this node.
#include <array>
#include <format>

#include "agent/base/text.hpp"
#include "agent/release/release.hpp"
#include "hardening/accounts/accounts.hpp"
#include "hardening/ban_sets.hpp"
#include "hardening/ssh/ssh.hpp"
#include "storage/storage.hpp"

namespace kgnode::release {
namespace {

using hardening::Ssh;

constexpr std::string_view kSshFolder = "/etc/ssh";
constexpr std::array<std::string_view, 2> kK3sUnits{"k3s.service", "k3s-agent.service"};

Result<bool> has_host_keys(sys::Files& files) {
  for (const auto& name : TRY(files.list(std::string(kSshFolder)))) {
    if (name.starts_with("ssh_host_") && name.ends_with("_key")) return true;
  }
  return false;
}

}  // namespace

Release::Desired Release::desired(const config::Config& config) {
  return {.keys = {{config.admin.user, config.admin.ssh_keys}}};
}

std::optional<Release::Account> find_account(std::string_view passwd, std::string_view user) {
  for (const auto line : split(passwd, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() != 7 || fields[0] != user || !fields[5].starts_with('/')) continue;
    const auto uid = parse_int<uid_t>(fields[2]);
    const auto gid = parse_int<gid_t>(fields[3]);
    if (uid && gid && *uid != 0)
      return Release::Account{std::string(user), *uid, *gid, std::string(fields[5]), {}};
  }
  return std::nullopt;
}

Result<Release::Observed> Release::read() {
  Observed seen;
  for (auto& [path, kept] : TRY(kept_.kept())) {
    File file{.kept = kept, .text = {}, .attributes = TRY(files_.attributes(path))};
    if (!kept.only_attributes) file.text = TRY(files_.read(path));
    seen.files[path] = std::move(file);
  }
  seen.changed_accounts = owned_.of(hardening::Accounts::kName);
  seen.unlocked =
      TRY(files_.attributes(std::format("/dev/mapper/{}", storage::kMapping))).has_value();
  seen.own_host_keys = TRY(has_host_keys(files_));
  for (const auto& path : hardening::host_key_paths()) {
    if (TRY(files_.attributes(path))) seen.host_keys.push_back(path);
  }
  seen.reload_wanted = TRY(files_.attributes(std::string(Ssh::kReloadMark))).has_value();
  seen.table = TRY(nftables_.inspect(hardening::kFirewallTable)).present;
  return seen;
}

/// By a child with the rights of that user: a link in a home leads nowhere else.
Task<Result<Release::Account>> Release::read_account(Account account) {
  sys::Command command{.argv = {"/usr/bin/setpriv", std::format("--reuid={}", account.uid),
                                std::format("--regid={}", account.gid), "--init-groups",
                                "/usr/bin/cat", account.home + "/.ssh/authorized_keys"}};
  auto ran = co_await processes_.run(std::move(command));
  if (!ran) co_return fail(std::move(ran).error());
  if (ran->status == 0) account.authorized = ran->out;
  co_return account;
}

Task<Result<Release::Observed>> Release::observe(const Desired& want) {
  auto seen = read();
  if (!seen) co_return seen;
  const auto passwd = files_.read("/etc/passwd");
  if (!passwd) co_return fail(passwd.error());
  for (const auto& [user, keys] : want.keys) {
    auto account = find_account(passwd->value_or(""), user);
    if (!account) continue;
    auto read = co_await read_account(*std::move(account));
    if (!read) co_return fail(std::move(read).error());
    seen->accounts.push_back(*std::move(read));
  }
  for (const auto unit : kK3sUnits) {
    auto state = co_await units_.state(std::string(unit));
    if (!state) co_return fail(std::move(state).error());
    if (*state == "active" || *state == "activating") seen->k3s.emplace_back(unit);
  }
  if (seen->files.contains(std::string(storage::Storage::kUnitFile))) {
    auto state = co_await units_.state(std::string(storage::Storage::kUnit));
    if (!state) co_return fail(std::move(state).error());
    seen->mounted = *state == "active";
  }
  sys::Command test{.argv = {"/usr/sbin/sshd", "-t"}};
  auto tested = co_await processes_.run(std::move(test));
  if (!tested) co_return fail(std::move(tested).error());
  if (tested->status != 0) seen->sshd_error = printable(trim(tested->err));
  accounts_ = seen->accounts;
  host_keys_ = seen->host_keys;
  co_return seen;
}

}  // namespace kgnode::release
