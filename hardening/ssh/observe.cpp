/// Files, the account, host keys, and what sshd itself says it would do.
#include <algorithm>
#include <format>

#include "agent/base/ssh_key.hpp"
#include "agent/base/text.hpp"
#include "hardening/ssh/parse_accounts.hpp"
#include "hardening/ssh/ssh.hpp"

namespace kgnode::hardening {
namespace {

constexpr mode_t kPrivate = 0600;

bool is_private(const std::optional<sys::Files::Attributes>& found) {
  return !found || (found->mode == kPrivate && found->uid == 0 && found->gid == 0);
}

Result<bool> user_ready(sys::Files& files, const std::string& user) {
  const auto limit = sys::Files::kReadLimit;
  const auto passwd = TRY(files.read("/etc/passwd", limit)).value_or("");
  const auto groups = TRY(files.read("/etc/group", limit)).value_or("");
  if (!has_account(passwd, user)) return false;
  for (const auto* group : {"kgnode-ssh", "kgnode-admin"}) {
    if (!std::ranges::contains(parse_group_members(groups, group), user)) return false;
  }
  return true;
}

/// The configuration files that are not ours: path -> text.
Result<std::map<std::string, std::string>> read_others(sys::Files& files) {
  std::vector<std::string> paths{std::string(Ssh::kMain)};
  for (const auto& name : TRY(files.list(std::string(Ssh::kDropInFolder)))) {
    if (name != Ssh::kDropInName && name.ends_with(".conf"))
      paths.push_back(std::format("{}/{}", Ssh::kDropInFolder, name));
  }
  std::map<std::string, std::string> texts;
  for (const auto& path : paths)
    texts[path] = TRY(files.read(path, sys::Files::kReadLimit)).value_or("");
  return texts;
}

/// Why a host key that is there cannot be used; empty: it can. `out` is its public half.
std::string host_key_problem(const std::string& path, std::string_view out) {
  const auto key = parse_ssh_key(out);
  if (!key) return key.error().message();
  const bool rsa = path.contains("_rsa_");
  if ((key->type == "ssh-rsa") != rsa) return std::format("it is a key of type {}", key->type);
  return "";
}

}  // namespace

Result<Ssh::Observed> Ssh::read_files(const Desired& want) {
  Observed have;
  const auto limit = sys::Files::kReadLimit;
  auto paths = plain_files(want);
  paths[std::string(kDropIn)] = "";
  for (const auto& [path, ignored] : paths) have.files[path] = TRY(files_.read(path, limit));
  have.key_files = TRY(files_.list(std::string(kKeysFolder)));
  have.user_ready = TRY(user_ready(files_, want.user));
  have.main_private = is_private(TRY(files_.attributes(std::string(kMain))));
  have.reload_wanted = TRY(files_.read(std::string(kReloadMark), limit)).has_value();
  have.others = TRY(read_others(files_));
  return have;
}

Task<Ssh::HostKey> Ssh::look_at_host_key(std::string path) {
  HostKey key{.path = path};
  const auto found = files_.attributes(path);
  key.present = !found || found->has_value();  // a file that cannot be looked at is there
  key.private_mode = !found || is_private(*found);
  if (!found) key.problem = found.error().message();
  // Not the RSA key of a stock system, which is shorter than ours.
  if (!key.present && path.contains("_ed25519_")) {
    const auto system = files_.attributes(std::string(kSystemKey));
    if (system && *system) key.taken_over = kSystemKey;
  }
  if (!key.present || !key.private_mode || !key.problem.empty()) co_return key;
  // An empty passphrase, so that it never asks; prints the public half when the private one is
  // sound.
  sys::Command command{.argv = {"/usr/bin/ssh-keygen", "-y", "-P", "", "-f", path}};
  auto ran = co_await processes_.run(std::move(command));
  if (!ran) {
    key.problem = ran.error().message();
  } else {
    key.problem = ran->status == 0 ? host_key_problem(path, ran->out) : std::string(trim(ran->err));
  }
  co_return key;
}

Task<Result<Ssh::Observed>> Ssh::observe(const Desired& want) {
  auto have = read_files(want);
  if (!have) co_return have;
  for (const auto& path : host_key_paths())
    have->host_keys.push_back(co_await look_at_host_key(path));
  auto state = co_await units_.state(std::string(kUnit));
  if (!state) co_return fail(std::move(state).error());
  have->unit_state = *state;
  // Two views, because a Match block can treat them differently. The address is one for
  // documentation.
  for (const auto& user : {want.user, std::string("root")}) {
    const auto who = std::format("user={},host=example.invalid,addr=192.0.2.1", user);
    sys::Command command{.argv = {"/usr/sbin/sshd", "-T", "-C", who}};
    auto ran = co_await processes_.run(std::move(command));
    if (!ran) co_return fail(std::move(ran).error());
    if (ran->status != 0) {
      have->effective_error = trim(ran->err);
      have->effective.clear();
      break;
    }
    have->effective.push_back(parse_sshd_options(ran->out));
  }
  co_return have;
}

}  // namespace kgnode::hardening
