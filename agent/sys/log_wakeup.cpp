/// The socket of a syslog daemon, as a bell.
#include "agent/sys/log_wakeup.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <utility>

#include "agent/base/text.hpp"

namespace kgnode::sys {
namespace {

// A flood must not keep the loop: the rest is drained when it comes round again.
constexpr int kDrainLimit = 64;

Result<sockaddr_un> make_address(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof address.sun_path)
    return fail(Error::plain("the socket path " + quote(path) + " is too long"));
  path.copy(static_cast<char*>(address.sun_path), path.size());
  return address;
}

const sockaddr* plain(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

UniqueFd make_socket() {
  return UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

std::uint64_t inode_of(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

/// False when somebody listens there; a socket that nobody holds is left from a dead program.
bool clear_stale(const std::string& path, const sockaddr_un& address) {
  const UniqueFd probe = make_socket();
  if (::connect(probe.get(), plain(address), sizeof address) == 0) return false;
  return errno == ENOENT || (errno == ECONNREFUSED && ::unlink(path.c_str()) == 0);
}

}  // namespace

LogWakeup::~LogWakeup() {
  if (place_ == Place::ours && is_still_ours()) (void)::unlink(path_.c_str());  // as good as done
}

Result<> LogWakeup::start() {
  (void)TRY(make_address(path_));
  socket_ = make_socket();
  if (!socket_) return fail(Error::from_errno("make a socket for " + quote(path_)));
  take_socket();
  poll();
  return {};
}

void LogWakeup::take_socket() {
  since_try_ = {};
  const auto address = make_address(path_);
  if (!address || !clear_stale(path_, *address) ||
      ::bind(socket_.get(), plain(*address), sizeof *address) != 0) {
    finding_ = quote(path_) +
               " is in use by another program or cannot be made, so log lines are noticed up to "
               "0.1 s late: disable the syslog daemon (rsyslog.service, syslog.socket)";
    return;
  }
  (void)::chmod(path_.c_str(), 0600);  // anybody else could only make us look in vain
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
