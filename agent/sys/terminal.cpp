/// A terminal that is drawn on.
#include "agent/sys/terminal.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace kgnode::sys {
namespace {

// xterm's sequences: another screen, no cursor, no wrap at the right edge. Whoever does not know
// one of them passes it over.
constexpr std::string_view kBegin = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view kEnd = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

Result<UniqueFd> open_signals() {
  sigset_t wanted{};
  ::sigemptyset(&wanted);
  for (const int signal : {SIGWINCH, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&wanted, signal);
  if (::sigprocmask(SIG_BLOCK, &wanted, nullptr) < 0)
    return fail(Error::from_errno("block signals"));
  UniqueFd fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return fail(Error::from_errno("open signalfd"));
  return fd;
}

}  // namespace

Terminal::Terminal(UniqueFd signals, bool takes_keys)
    : signals_(std::move(signals)), takes_keys_(takes_keys) {}

Terminal::Terminal(Terminal&& other) noexcept
    : signals_(std::move(other.signals_)),
      takes_keys_(other.takes_keys_),
      is_ours_(std::exchange(other.is_ours_, false)),
      before_(other.before_) {}

Terminal::~Terminal() {
  if (!is_ours_) return;
  (void)write(kEnd);  // nobody is there to be told
  if (before_) (void)::tcsetattr(STDIN_FILENO, TCSAFLUSH, &*before_);
}

Result<Terminal> Terminal::open(bool takes_keys) {
  if (::isatty(STDOUT_FILENO) != 1) return fail(Error::plain("standard output is no terminal"));
  const bool has_keys = takes_keys && ::isatty(STDIN_FILENO) == 1;
  Terminal terminal(TRY(open_signals()), has_keys);
  if (has_keys) {
    termios now{};
    if (::tcgetattr(STDIN_FILENO, &now) < 0)
      return fail(Error::from_errno("read the terminal's mode"));
    terminal.before_ = now;
    ::cfmakeraw(&now);
    if (::tcsetattr(STDIN_FILENO, TCSAFLUSH, &now) < 0)
      return fail(Error::from_errno("set the terminal's mode"));
  }
  TRY(terminal.write(kBegin));
  return terminal;
}

Terminal::Size Terminal::size() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
    return {};
  return {.width = size.ws_col, .height = size.ws_row};
}

Result<> Terminal::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto done = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail(Error::from_errno("write to the terminal"));
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

Terminal::Event Terminal::wait(std::chrono::milliseconds limit) {
  Event event;
  std::array<pollfd, 2> waiting = {{{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                    {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}}};
  const nfds_t count = takes_keys_ ? 2 : 1;
  if (::poll(waiting.data(), count, static_cast<int>(limit.count())) <= 0) return event;
  signalfd_siginfo told{};
  while (::read(signals_.get(), &told, sizeof told) == sizeof told) {
    if (told.ssi_signo == SIGWINCH) {
      event.resized = true;
    } else {
      event.ended = true;
    }
  }
  if (takes_keys_ && waiting[1].revents != 0) {
    std::array<char, 256> bytes{};
    const auto size = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (size > 0) event.bytes.assign(bytes.data(), static_cast<std::size_t>(size));
    if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN)) event.ended = true;
  }
  return event;
}

}  // namespace kgnode::sys
