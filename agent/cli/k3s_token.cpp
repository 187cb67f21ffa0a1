/// `kgnode k3s snapshot-key` and `kgnode k3s open-token`: what the operator does, on any machine.
#include <fcntl.h>
#include <unistd.h>

#include <format>
#include <print>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/cli/k3s_snapshots.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/sealed_box.hpp"
#include "k3s/snapshot/sealed.hpp"

namespace kgnode::cli {
namespace {

Result<> write_new(const std::string& path, std::string_view text) {
  // Whoever lost the key of an earlier pair could open nothing that was sealed for it.
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) return fail(Error::from_errno("make " + quote(path)));
  const auto line = std::format("{}\n", text);
  const auto written = ::write(fd.get(), line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size()) || ::fsync(fd.get()) < 0)
    return fail(Error::from_errno("write " + quote(path)));
  return {};
}

Result<std::string> make_key(const std::string& out) {
  auto keys = TRY(sys::make_box_keys());
  TRY(write_new(out, keys.secret_key.view()));
  return keys.public_key;
}

Result<std::string> read_file(sys::Files& files, const std::string& path) {
  auto text = TRY(files.read(path));
  if (!text) return fail(Error::plain(quote(path) + " is not there"));
  return *std::move(text);
}

Result<sys::SecretBuffer> open(const std::string& file, const std::string& key_file) {
  sys::RealFiles files;
  const auto sealed = k3s::parse_sealed(TRY(read_file(files, file)));
  if (!sealed) return fail(Error::plain(quote(file) + " is no sealed token"));
  auto text = TRY(read_file(files, key_file));
  std::string trimmed(trim(text));
  sys::wipe(text);
  const auto key = TRY(sys::SecretBuffer::take(trimmed));
  auto token = sys::open_box(sealed->box, key);
  if (!token) return fail(std::move(token).error().in("open " + quote(file)));
  return token;
}

}  // namespace

int make_snapshot_key(const std::string& out) {
  const auto key = make_key(out);
  if (!key) {
    std::println(stderr, "kgnode: {}", key.error().message());
    return 1;
  }
  std::println("{}", *key);
  return 0;
}

int open_token(const std::string& file, const std::string& key_file) {
  const auto token = open(file, key_file);
  if (!token) {
    std::println(stderr, "kgnode: {}", token.error().message());
    return 1;
  }
  std::println("{}", token->view());
  return 0;
}

}  // namespace kgnode::cli
