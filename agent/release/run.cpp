/// Gives back all that the agent changed, with a record in the operations log.
#include "agent/release/run.hpp"

#include <format>
#include <print>

#include "agent/base/text.hpp"
#include "agent/config/load.hpp"
#include "agent/core/oplog_steps.hpp"
#include "agent/core/reconcile.hpp"
#include "agent/k3s_tell.hpp"
#include "agent/node_files.hpp"
#include "agent/release/release.hpp"
#include "agent/slots/running.hpp"
#include "agent/state/kept_files.hpp"
#include "agent/state/owned_file.hpp"
#include "agent/state/pending.hpp"
#include "agent/step_log.hpp"
#include "agent/sys/boot.hpp"
#include "agent/sys/loop.hpp"
#include "agent/sys/nftables_real.hpp"
#include "agent/sys/proc_sys.hpp"
#include "agent/sys/real_process.hpp"
#include "agent/sys/systemctl.hpp"
#include "hardening/ssh/ssh.hpp"
#include "hardening/sysctl/sysctl.hpp"

namespace kgnode::release {
namespace {

using core::Condition, core::Mode, core::Phase;
using hardening::Ssh, hardening::Sysctl;

/// An unconfirmed change ends here: the configuration before it is what a new start finds.
Result<> take_back_pending(sys::Files& files) {
  state::PendingFile file(files, kPending);
  const auto pending = TRY(file.load());
  if (!pending) return {};
  const auto text = TRY(files.read(kConfig)).value_or("");
  // As after a reboot, which no unconfirmed change outlives.
  if (state::judge(*pending, state::hash_text(text), {}) == state::Verdict::revert) {
    TRY(files.replace(kConfig, pending->previous, 0600));
    std::println("kgnode: the unconfirmed change is taken back");
  }
  return file.clear();
}

/// Whether or not the cluster answers: the node is given back all the same.
void leave_cluster(sys::Files& files) {
  const auto text = files.read(kConfig);
  const auto loaded = config::load_text(text ? text->value_or("") : "", kConfig);
  if (!loaded.config) return;
  if (const auto done = take_back_conditions(*loaded.config); !done) {
    std::println(stderr, "kgnode: warning: the node keeps its conditions in the cluster: {}",
                 done.error().message());
  }
}

/// Keys of the configuration; of one that does not load, those that were last in force.
Result<Release::Desired> read_wanted(sys::Files& files) {
  const auto loaded = config::load_text(TRY(files.read(kConfig)).value_or(""), kConfig);
  if (loaded.config) return Release::desired(*loaded.config);
  Release::Desired want;
  const std::string folder(Ssh::kKeysFolder);
  for (const auto& user : TRY(files.list(folder))) {
    const auto text = TRY(files.read(folder + "/" + user)).value_or("");
    for (const auto line : split(text, '\n')) want.keys[user].emplace_back(line);
  }
  return want;
}

/// A value that the kernel does not take ends a run, and is known to the next one.
Task<Condition> give_back_parameters(Sysctl& sysctl, core::StepLog& log) {
  const Sysctl::Desired nothing;
  std::string last;
  for (;;) {
    auto condition = co_await core::reconcile(sysctl, nothing, Mode::enforce, log);
    if (condition.phase != Phase::failed || condition.error == last) co_return condition;
    last = condition.error;
  }
}

/// Their file goes in any case, so what stays does so until the next boot.
void tell_parameters(const Condition& condition) {
  if (!condition.error.empty()) std::println(stderr, "kgnode: warning: {}", condition.error);
  for (const auto& finding : condition.findings)
    std::println(stderr, "kgnode: warning: {}; {}", finding.text, finding.remedy);
}

struct Parts {
  Release& release;
  Sysctl& sysctl;
  core::StepLog& log;
};

/// What was wrong; empty: nothing.
Task<std::string> give_back_all(Parts parts, Release::Desired want) {
  const auto done = co_await core::reconcile(parts.release, want, Mode::enforce, parts.log);
  if (!done.error.empty()) co_return done.error;
  tell_parameters(co_await give_back_parameters(parts.sysctl, parts.log));
  co_return std::string();
}

Result<> give_back(sys::Files& files) {
  if (!TRY(slots::read_running(files)).root_hash.empty())
    return fail(Error::plain("this node runs from an image, which is not without its agent"));
  const SystemClock clock;
  auto oplog = core::Oplog::open({.boot_id = TRY(sys::read_boot_id())}, clock);
  if (!oplog) return fail(std::move(oplog).error().in("no agent may run: stop kgnode.service"));
  core::OplogSteps steps(*oplog, log_step);
  auto owned = TRY(state::OwnedFile::load(files, kOwned));
  auto nftables = TRY(sys::RealNftables::open());
  TRY(take_back_pending(files));

  sys::Loop loop;
  sys::RealProcesses processes(loop);
  sys::Systemctl units(processes);
  sys::RealProcSys proc_sys;
  state::KeptFiles kept(files, owned);
  Release release(files, kept, owned, processes, units, nftables);
  Sysctl sysctl(proc_sys, files, owned);
  std::string error;
  spawn(give_back_all({release, sysctl, steps}, TRY(read_wanted(files))),
        [&error, &loop](std::string said) {
          error = std::move(said);
          loop.stop();
        });
  loop.run();
  if (!error.empty()) return fail(Error::plain(error));
  leave_cluster(files);
  return {};
}

}  // namespace

int run_release() {
  sys::RealFiles files;
  const auto done = give_back(files);
  if (done) return 0;
  std::println(stderr, "kgnode: {}", done.error().message());
  return 1;
}

}  // namespace kgnode::release
