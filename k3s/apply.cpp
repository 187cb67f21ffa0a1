/// One file or one unit.
#include <format>

#include "agent/sys/secret.hpp"
#include "k3s/k3s.hpp"

namespace kgnode::k3s {

Task<Result<>> K3s::apply(const Step& step) {
  const auto write_secret = [this, &step](const std::shared_ptr<const sys::SecretBuffer>& secret) {
    return secret ? files_.replace(step.subject, secret->view(), 0600)
                  : fail(Error::plain("the secret is gone"));
  };
  switch (step.action) {
    case Action::write_file:
      co_return files_.replace(step.subject, step.after, step.mode);
    case Action::write_token:
      co_return write_secret(token_);
    case Action::write_agent_token:
      co_return write_secret(agent_token_);
    case Action::write_s3:
      if (s3_text_.empty())
        co_return fail(
            Error::plain("the file that holds k3s.snapshots.s3.secret_key is not there"));
      co_return files_.replace(step.subject, s3_text_, 0600);
    case Action::remove_token:
      co_return files_.remove(step.subject);
    case Action::protect:
      co_return files_.set_attributes(step.subject, {.mode = step.mode, .uid = 0, .gid = 0});
    case Action::annotate:
      co_return co_await annotate(step.after);
    case Action::tend_lock:
      co_return co_await tend_lock(*step.move);
    case Action::renew:
      // First: K3s that ends in its start is not to be stopped again and again.
      if (auto noted = note_renewal(); !noted) co_return noted;
      [[fallthrough]];
    case Action::restart:
      // Of a K3s that hangs in its start as well: waiting for it could take for ever.
      if (auto stopped = co_await units_.stop(step.subject); !stopped) co_return stopped;
      break;
    case Action::start:
    case Action::take_back:
      break;
  }
  co_return co_await units_.start(step.subject);
}

/// As annotate(); what another server did meanwhile is in the next look.
Task<Result<>> K3s::tend_lock(LockMove move) {
  auto request = request_;
  request.lock_move = std::move(move);
  const auto report = co_await ask(request);
  if (!report) co_return fail(Error(report.error()));
  co_return Result<>{};
}

Result<> K3s::note_renewal() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return files_.replace(kRenewalRecord, std::format("{}\n", now.time_since_epoch().count()), 0600);
}

/// By the look's process, which alone may use the network.
Task<Result<>> K3s::annotate(std::string default_disks) {
  auto request = request_;
  request.default_disks = std::move(default_disks);
  const auto report = co_await ask(request);
  if (!report) co_return fail(Error(report.error()));
  if (report->node && report->node->default_disks == request.default_disks) co_return Result<>{};
  co_return fail(Error::plain(std::format("the API did not take the annotation {}: {}",
                                          kDefaultDisks, report->node ? report->node->text : "")));
}

}  // namespace kgnode::k3s
