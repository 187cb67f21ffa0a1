/// One step. The drop-in is shown to sshd before it takes its place and again after.
#include <optional>

#include "hardening/ssh/ssh.hpp"

namespace kgnode::hardening {
namespace {

constexpr mode_t kPrivate = 0600;
constexpr mode_t kPublic = 0644;
constexpr std::string_view kCandidate = "/run/kgnode/ssh-candidate/drop-in.conf";
constexpr std::string_view kCandidateMain = "/run/kgnode/ssh-candidate/sshd_config";
// An RSA key of 4096 bits takes seconds on a small node, and now and then many.
constexpr std::chrono::minutes kKeyTime{5};

/// Argument vectors are made apart: g++ 14 stops at an initializer list inside co_await.
using Argv = std::vector<std::string>;
Argv sshd_test() { return {"/usr/sbin/sshd", "-t"}; }
Argv sshd_test(std::string_view main) { return {"/usr/sbin/sshd", "-t", "-f", std::string(main)}; }
Argv sysusers() { return {"/usr/bin/systemd-sysusers", std::string(Ssh::kUserFile)}; }
Argv tmpfiles() { return {"/usr/bin/systemd-tmpfiles", "--create", std::string(Ssh::kHomeFile)}; }
Argv keygen(const std::string& path) {
  Argv argv{"/usr/bin/ssh-keygen", "-q", "-N", "", "-C", "", "-f", path, "-t"};
  if (path.contains("_rsa_")) {
    argv.insert(argv.end(), {"rsa", "-b", "4096"});
  } else {
    argv.emplace_back("ed25519");
  }
  return argv;
}

Argv take_over(const std::string& from, const std::string& path) {
  return {"/usr/bin/install", "-m", "0600", from, path};
}

/// ssh-keygen leaves the writing to the kernel: a machine that loses power within half a minute
/// would have an empty key, and no SSH.
Argv onto_the_disk(const std::string& path, bool with_public_half) {
  Argv argv{"/usr/bin/sync", path, path.substr(0, path.rfind('/'))};
  if (with_public_half) argv.push_back(path + ".pub");
  return argv;
}

}  // namespace

Task<Result<>> Ssh::run(std::vector<std::string> argv) {
  sys::Command command{.argv = std::move(argv), .limit = kKeyTime};
  co_return co_await sys::run_to_success(processes_, std::move(command));
}

Task<Result<>> Ssh::validate_candidate(const Step& step) {
  const auto main = files_.read(std::string(kMain), sys::Files::kReadLimit);
  if (!main) co_return fail(main.error());
  auto names = files_.list(std::string(kDropInFolder));
  if (!names) co_return fail(std::move(names).error());
  std::erase_if(*names, [](const std::string& name) {
    return name == kDropInName || !name.ends_with(".conf") || name.starts_with('.');
  });
  const auto text = render_candidate(main->value_or(""), *names, kCandidate);
  auto written = files_.replace(std::string(kCandidate), step.after, kPrivate);
  if (written) written = files_.replace(std::string(kCandidateMain), text, kPrivate);
  if (!written) co_return written;
  auto tested = co_await run(sshd_test(kCandidateMain));
  for (const auto path : {kCandidate, kCandidateMain})
    (void)files_.remove(std::string(path));  // only a scratch copy in /run
  co_return tested;
}

Task<Result<>> Ssh::write_drop_in(const Step& step) {
  if (auto valid = co_await validate_candidate(step); !valid) {
    co_return fail(
        std::move(valid).error().in("sshd refuses the new drop-in, nothing was changed"));
  }
  // Before the file: if we are stopped in between, the next run still reloads.
  if (auto marked = files_.replace(std::string(kReloadMark), "", kPrivate); !marked)
    co_return marked;
  const auto old = files_.read(step.subject, sys::Files::kReadLimit);
  if (!old) co_return fail(old.error());
  if (auto written = files_.replace(step.subject, step.after, kPrivate); !written)
    co_return written;
  auto tested = co_await run(sshd_test());
  if (tested) co_return tested;
  const std::optional<std::string>& before = *old;
  auto back =
      before ? files_.replace(step.subject, *before, kPrivate) : files_.remove(step.subject);
  if (!back) co_return fail(std::move(back).error().in("put the old drop-in back"));
  co_return fail(std::move(tested).error().in("sshd refuses its files, the old drop-in is back"));
}

Task<Result<>> Ssh::apply(const Step& step) {
  switch (step.action) {
    case Action::refuse:
      co_return fail(Error::plain(step.subject));
    case Action::write_file:
      co_return files_.replace(step.subject, step.after, kPublic);
    case Action::remove_file:
      co_return files_.remove(step.subject);
    case Action::make_private:
      co_return files_.set_attributes(step.subject, {.mode = kPrivate, .uid = 0, .gid = 0});
    case Action::make_user: {
      auto made = co_await run(sysusers());
      if (!made) co_return made;
      co_return co_await run(tmpfiles());
    }
    // Its folder is there since the authorized keys were written; ssh-keygen replaces no key.
    case Action::make_host_key: {
      const bool known = !step.before.empty();
      auto made = co_await run(known ? take_over(step.before, step.subject) : keygen(step.subject));
      if (!made) co_return made;
      co_return co_await run(onto_the_disk(step.subject, !known));
    }
    case Action::write_drop_in:
      co_return co_await write_drop_in(step);
    case Action::reload:
    case Action::restart: {
      const bool reload = step.action == Action::reload;
      auto done =
          reload ? co_await units_.reload(step.subject) : co_await units_.restart(step.subject);
      if (!done) co_return done;
      co_return files_.remove(std::string(kReloadMark));
    }
  }
  co_return fail(Error::plain("ssh: unknown step"));
}

}  // namespace kgnode::hardening
