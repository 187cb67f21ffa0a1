/// The databases of accounts, how log-ins are checked, and the break-glass password.
#include "agent/base/text.hpp"
#include "agent/sys/secret.hpp"
#include "hardening/accounts/accounts.hpp"

namespace kgnode::hardening {

Result<> Accounts::read_hash(const Desired& want, std::string_view shadow, Observed& have) {
  hash_ = nullptr;
  if (!want.break_glass || !want.break_glass->password_hash) return {};
  const auto& from = *want.break_glass->password_hash;
  hash_ = from.value;
  if (!hash_) {
    auto text = TRY(files_.read(from.file, sys::Files::kReadLimit));
    if (!text) return {};
    std::string trimmed(trim(*text));
    sys::wipe(*text);
    hash_ = std::make_shared<const sys::SecretBuffer>(TRY(sys::SecretBuffer::take(trimmed)));
  }
  // chpasswd takes lines: what has one inside, or a colon, would set something else.
  const bool sound = !hash_->view().empty() && hash_->view().front() == '$' &&
                     hash_->view().find_first_of(":\n\r") == std::string_view::npos;
  if (!sound) hash_ = nullptr;
  have.has_hash = sound;
  have.hash_in_use = sound && hardening::has_hash(shadow, want.break_glass->user, hash_->view());
  return {};
}

Result<> Accounts::read_all(const Desired& want, Observed& have) {
  const auto limit = sys::Files::kReadLimit;
  const auto text = [this](const char* path) -> Result<std::string> {
    auto found = TRY(files_.read(path, sys::Files::kReadLimit));
    if (!found) return fail(Error::plain(std::string(path) + " is not there"));
    return *std::move(found);
  };
  have.accounts = parse_passwd(TRY(text("/etc/passwd")));
  have.groups = parse_groups(TRY(text("/etc/group")));
  auto shadow = TRY(text("/etc/shadow"));
  have.shadow = parse_shadow(shadow);
  auto read = read_hash(want, shadow, have);
  sys::wipe(shadow);
  if (!read) return read;
  for (const auto path : {kAuth, kAccount, kSu, kUserFile, kHomeFile})
    have.files[std::string(path)] = TRY(files_.read(std::string(path), limit));
  have.has_console = !TRY(files_.read("/run/systemd/container", limit)).has_value();
  have.today = std::chrono::floor<std::chrono::days>(clock_.wall());
  return {};
}

Task<Result<Accounts::Observed>> Accounts::observe(const Desired& want) {
  Observed have;
  if (auto read = read_all(want, have); !read) co_return fail(std::move(read).error());
  auto state = co_await units_.state(std::string(kConsole));
  if (!state) co_return fail(std::move(state).error());
  have.console = *std::move(state);
  co_return have;
}

}  // namespace kgnode::hardening
