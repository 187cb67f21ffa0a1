/// Child processes on the loop.
#include "agent/sys/real_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <format>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "agent/base/completion.hpp"
#include "agent/base/unique_fd.hpp"

// The header of glibc 2.41 has no C linkage of its own (a C++ program does not link without this).
extern "C" {
#include <sys/pidfd.h>
}

namespace kgnode::sys {
namespace asio = boost::asio;
namespace {

struct Pipe {
  UniqueFd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) return fail(Error::from_errno("make a pipe"));
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// A file in memory needs no writer on the loop and cannot dead-lock with the output pipes.
Result<UniqueFd> make_input(const std::string& input) {
  UniqueFd fd(::memfd_create("input", MFD_CLOEXEC));
  if (!fd) return fail(Error::from_errno("make standard input"));
  for (std::size_t done = 0; done < input.size();) {
    const auto n = ::write(fd.get(), input.data() + done, input.size() - done);
    if (n < 0) return fail(Error::from_errno("fill standard input"));
    done += static_cast<std::size_t>(n);
  }
  if (::lseek(fd.get(), 0, SEEK_SET) < 0) return fail(Error::from_errno("rewind standard input"));
  return fd;
}

Result<pid_t> spawn_child(const Command& command, int in, int out, int err) {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, in, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out, 1);
  ::posix_spawn_file_actions_adddup2(&actions, err, 2);
  // A group of its own, so that the deadline also ends what the child started; default signals.
  sigset_t all{};
  sigset_t none{};
  ::sigfillset(&all);
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  std::vector<char*> argv;
  argv.reserve(command.argv.size() + 1);
  for (const auto& argument : command.argv) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  static char locale[] = "LC_ALL=C";
  std::array<char*, 3> environment = {path, locale, nullptr};
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, argv[0], &actions, &attributes, argv.data(), environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return fail(Error::from_errno("start \"" + command.argv[0] + "\"", error));
  return pid;
}

/// One child until its pipes are closed and it was reaped; kept alive by its pending handlers.
class Child : public std::enable_shared_from_this<Child> {
 public:
  Child(asio::io_context& context, Command command)
      : out_(context),
        err_(context),
        exit_(context),
        deadline_(context),
        command_(std::move(command)) {}

  Result<> start() {
    auto in = TRY(make_input(command_.input));
    auto out = TRY(make_pipe());
    auto err = TRY(make_pipe());
    pid_ = TRY(spawn_child(command_, in.get(), out.write.get(), err.write.get()));
    const int pidfd = ::pidfd_open(pid_, 0);
    if (pidfd < 0) {
      auto error = Error::from_errno("open pidfd");
      ::kill(-pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      return fail(std::move(error));
    }
    out_.assign(out.read.release());
    err_.assign(err.read.release());
    exit_.assign(pidfd);
    read(out_, output_.out, out_buffer_);
    read(err_, output_.err, err_buffer_);
    exit_.async_wait(exit_.wait_read, [self = shared_from_this()](auto) { self->reap(); });
    deadline_.expires_after(command_.limit);
    deadline_.async_wait([self = shared_from_this()](auto error) {
      if (!error) self->kill(std::format("runs longer than {}", self->command_.limit));
    });
    return {};
  }

  Completion<Result<Output>> done;

 private:
  using Buffer = std::array<char, 4096>;

  void read(asio::posix::stream_descriptor& from, std::string& into, Buffer& buffer) {
    from.async_read_some(asio::buffer(buffer),
                         [self = shared_from_this(), &from, &into, &buffer](auto error, auto size) {
                           self->took(from, into, buffer, error ? 0 : size);
                         });
  }

  void took(asio::posix::stream_descriptor& from, std::string& into, Buffer& buffer,
            std::size_t size) {
    if (size == 0) {
      from.close();
      return finish();
    }
    if (into.size() + size > command_.output_cap) {
      from.close();
      return kill(std::format("prints more than {} bytes", command_.output_cap));
    }
    into.append(buffer.data(), size);
    read(from, into, buffer);
  }

  void kill(std::string why) {
    if (reaped_) return;
    refusal_ = std::move(why);
    ::kill(-pid_, SIGKILL);
    // A grandchild in another group may hold the pipes open for ever.
    out_.close();
    err_.close();
  }

  void reap() {
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
    output_.status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    reaped_ = true;
    exit_.close();
    finish();
  }

  void finish() {
    if (!reaped_ || out_.is_open() || err_.is_open()) return;
    deadline_.cancel();
    if (refusal_.empty()) return done.set(std::move(output_));
    done.set(fail(Error::plain("\"" + command_.argv[0] + "\" " + refusal_ + ", it was killed")));
  }

  asio::posix::stream_descriptor out_, err_, exit_;
  asio::steady_timer deadline_;
  Command command_;
  Buffer out_buffer_{}, err_buffer_{};
  Output output_;
  std::string refusal_;
  pid_t pid_ = 0;
  bool reaped_ = false;
};

}  // namespace

Task<Result<Output>> RealProcesses::run(Command command) {
  auto child = std::make_shared<Child>(loop_.context(), std::move(command));
  if (auto started = child->start(); !started) co_return fail(std::move(started).error());
  co_return co_await child->done;
}

}  // namespace kgnode::sys
