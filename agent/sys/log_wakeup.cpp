/// The socket of a syslog daemon, as a bell.
#include "agent/sys/log_wakeup.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <utility>

#include "agent/base/text.hpp"
#include "agent/sys/unix_socket.hpp"

namespace kgnode::sys {
namespace {

// A flood must not keep the loop: the rest is drained when it comes round again.
constexpr int kDrainLimit = 64;
// Anybody else could only make us look in vain.
constexpr mode_t kMode = 0600;

std::uint64_t inode_of(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

}  // namespace

LogWakeup::~LogWakeup() {
  if (place_ == Place::ours && is_still_ours()) (void)::unlink(path_.c_str());  // as good as done
}

Result<> LogWakeup::start() {
  socket_ = UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_) return fail(Error::from_errno("make a socket for " + quote(path_)));
  take_socket();
  poll();
  return {};
}

void LogWakeup::take_socket() {
  since_try_ = {};
  if (const auto bound = bind_unix_socket(socket_, path_, kMode); !bound) {
    finding_ = bound.error().message() +
               ", so log lines are noticed up to 0.1 s late: disable the syslog daemon "
               "(rsyslog.service, syslog.socket)";
    return;
  }
  inode_ = inode_of(path_);
  place_ = Place::ours;
  finding_.clear();
}

bool LogWakeup::is_still_ours() const { return inode_ != 0 && inode_of(path_) == inode_; }

void LogWakeup::poll() {
  if (place_ == Place::ours && !is_still_ours()) {
    // A bound socket cannot be bound again.
    place_ = Place::lost;
    finding_ = quote(path_) +
               " was taken away by another program, so log lines are noticed up to 0.1 s late: "
               "disable the syslog daemon (rsyslog.service, syslog.socket), then restart kgnode";
  }
  if (place_ == Place::foreign) since_try_ += kPollWithout;
  if (since_try_ >= kPollBeside) take_socket();
  look_();
  timers_.after(place_ == Place::ours ? kPollBeside : kPollWithout, [this] { poll(); });
}

void LogWakeup::on_readable() {
  char ignored = 0;
  int drained = 0;
  while (drained < kDrainLimit && ::recv(socket_.get(), &ignored, 1, MSG_DONTWAIT) >= 0) ++drained;
  if (drained == 0) return;
  ++round_;
  look_again(0);
}

void LogWakeup::look_again(std::size_t step) {
  look_();
  if (++step == kPauses.size()) return;
  timers_.after(kPauses[step], [this, step, round = round_] {
    if (round == round_) look_again(step);
  });
}

}  // namespace kgnode::sys
