/// Bytes by their place, from a file or over HTTP.
#include "agent/sys/byte_source.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <format>
#include <thread>
#include <vector>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {
namespace {

class FileSource final : public ByteSource {
 public:
  FileSource(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  Result<> read(std::uint64_t offset, std::span<char> into) override {
    while (!into.empty()) {
      const auto got = ::pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(Error::from_errno("read " + quote(path_)));
      if (got == 0) return fail(Error::plain(quote(path_) + " is cut: get it again"));
      into = into.subspan(static_cast<std::size_t>(got));
      offset += static_cast<std::uint64_t>(got);
    }
    return {};
  }
  const std::string& name() const override { return path_; }

 private:
  std::string path_;
  UniqueFd fd_;
};

/// One curl at a time, which writes to a pipe from some place on.
class Download {
 public:
  Download() = default;
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;
  ~Download() { stop(); }

  bool runs() const { return pid_ > 0; }
  int fd() const { return fd_.get(); }

  Result<> start(const std::string& url, std::uint64_t offset) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) < 0) return fail(Error::from_errno("make a pipe"));
    fd_.reset(ends[0]);
    const UniqueFd output(ends[1]);
    // The server must take up where we are, or curl fails with 33: it never hands out other bytes.
    std::vector<std::string> words{"/usr/bin/curl",
                                   "--silent",
                                   "--show-error",
                                   "--fail",
                                   "--location",
                                   "--proto",
                                   "=http,https",
                                   "--connect-timeout",
                                   "20",
                                   "--speed-limit",
                                   "1000",
                                   "--speed-time",
                                   "60"};
    if (offset > 0) words.insert(words.end(), {"--continue-at", std::to_string(offset)});
    words.insert(words.end(), {"--", url});
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, output.get(), 1);
    const int spawned = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (spawned == 0) return {};
    pid_ = -1;
    return fail(Error::from_errno("start /usr/bin/curl", spawned));
  }

  /// Its exit status.
  int stop() {
    if (pid_ <= 0) return 0;
    fd_.reset();  // SIGPIPE ends one that still writes
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  UniqueFd fd_;
};

class UrlSource final : public ByteSource {
 public:
  explicit UrlSource(std::string url) : url_(std::move(url)) {}

  Result<> read(std::uint64_t offset, std::span<char> into) override {
    constexpr int kTries = 5;
    constexpr std::chrono::seconds kPause{2};
    int status = 0;
    for (int tried = 0; tried < kTries; ++tried) {
      if (tried > 0) std::this_thread::sleep_for(kPause * tried);
      if (!download_.runs() || at_ != offset) {
        (void)download_.stop();  // of what is not wanted any more
        TRY(download_.start(url_, offset));
        at_ = offset;
      }
      const auto got = TRY(read_some(into));
      into = into.subspan(got);
      offset += got;
      if (into.empty()) return {};
      status = download_.stop();
      if (status == 0) return fail(Error::plain(url_ + " is cut: it ends too early"));
    }
    return fail(Error::plain(std::format(
        "{} cannot be read: curl ended with {} each time, see journalctl -u kgnode-slot", url_,
        status)));
  }
  const std::string& name() const override { return url_; }

 private:
  /// Up to the end of what this curl brings.
  Result<std::size_t> read_some(std::span<char> into) {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto got = ::read(download_.fd(), into.data() + done, into.size() - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(Error::from_errno("read from curl"));
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    at_ += done;
    return done;
  }

  std::string url_;
  Download download_;
  std::uint64_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& source) {
  if (source.starts_with("https://") || source.starts_with("http://"))
    return std::make_unique<UrlSource>(source);
  if (!source.starts_with('/')) {
    return fail(Error::plain(
        std::format("{} is neither an absolute path nor an http(s) URL", quote(source))));
  }
  UniqueFd fd(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail(Error::from_errno("open " + quote(source)));
  return std::make_unique<FileSource>(source, std::move(fd));
}

}  // namespace kgnode::sys
