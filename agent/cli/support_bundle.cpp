/// `kgnode support-bundle` and `kgnode open-bundle`.
#include "agent/cli/support_bundle.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <format>
#include <optional>
#include <print>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/cli/output.hpp"
#include "agent/cli/support_host.hpp"
#include "agent/support/bundle.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/gzip.hpp"
#include "agent/sys/sealed_box.hpp"

namespace kgnode::cli {
namespace {

// What a sealed bundle begins with, so that nobody takes it for a damaged archive.
constexpr std::string_view kSealedMark = "KGNODE-SEALED-1\n";
constexpr std::string_view kSealedSuffix = ".sealed";
constexpr auto kFolder = "/var/tmp";
constexpr std::size_t kLongest = std::size_t{256} << 20;
constexpr auto kStandardOutput = "-";

Result<> write_all(int fd, std::string_view bytes, const std::string& where) {
  while (!bytes.empty()) {
    const auto done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail(Error::from_errno("write " + where));
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

/// A file of our own, never one that is there: /var/tmp is everybody's.
Result<> write_new(const std::string& path, std::string_view bytes) {
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return fail(Error::from_errno("make " + quote(path)));
  auto written = write_all(fd.get(), bytes, quote(path));
  if (written && ::fsync(fd.get()) < 0) written = fail(Error::from_errno("sync " + quote(path)));
  if (!written) (void)::unlink(path.c_str());  // half of it is of no use
  return written;
}

Result<> write_to(const std::string& out, std::string_view bytes) {
  if (out == kStandardOutput) return write_all(STDOUT_FILENO, bytes, "standard output");
  return write_new(out, bytes);
}

std::string stem_of(const support::Bundle& bundle, std::chrono::system_clock::time_point now) {
  return std::format("kgnode-{}-{:%Y%m%dT%H%M%SZ}", bundle.node.empty() ? "node" : bundle.node,
                     std::chrono::floor<std::chrono::seconds>(now));
}

std::size_t count_all(const support::Counts& counts) {
  std::size_t all = 0;
  for (const auto& [name, times] : counts) all += times;
  return all;
}

struct Written {
  std::string path;
  std::size_t bytes = 0;
  support::Bundle bundle;
};

Result<Written> make(const BundleRequest& request) {
  std::optional<sys::PublicKey> key;
  if (!request.to.empty()) {
    key = sys::parse_public_key(request.to);
    if (!key) {
      return fail(Error::plain(
          std::format("{} is no public key: \"kgnode k3s snapshot-key --out FILE\" makes "
                      "a pair and prints the public one",
                      quote(request.to))));
    }
  }
  const auto now = std::chrono::system_clock::now();
  RealSupportHost host;
  auto bundle = TRY(support::make_bundle(host, KGNODE_VERSION, now));
  const auto stem = stem_of(bundle, now);
  auto bytes = TRY(sys::gzip(TRY(support::make_tar(stem, bundle.entries, now))));
  if (key) bytes = std::string(kSealedMark) + TRY(sys::seal_bytes(bytes, *key));
  const auto path = request.out.empty()
                        ? std::format("{}/{}.tar.gz{}", kFolder, stem, key ? kSealedSuffix : "")
                        : request.out;
  TRY(write_to(path, bytes));
  return Written{.path = path, .bytes = bytes.size(), .bundle = std::move(bundle)};
}

boost::json::value to_json(const Written& written) {
  boost::json::array missing;
  for (const auto& one : written.bundle.missing)
    missing.push_back({{"name", one.name}, {"why", one.why}});
  return {{"path", written.path},
          {"bytes", written.bytes},
          {"parts", written.bundle.entries.size()},
          {"redacted", count_all(written.bundle.redacted)},
          {"missing", std::move(missing)}};
}

/// On the error output when the archive itself is on the other one.
void report(const Written& written, bool json) {
  auto* stream = written.path == kStandardOutput ? stderr : stdout;
  if (json) return std::print(stream, "{}", render_json(to_json(written)));
  const auto& bundle = written.bundle;
  std::println(stream, "{}: {} KiB, {} parts, {} redactions", written.path,
               (written.bytes + 1023) / 1024, bundle.entries.size(), count_all(bundle.redacted));
  for (const auto& one : bundle.missing)
    std::println(stream, "  without {}: {}", one.name, printable(one.why));
}

int complain(const Error& error) {
  std::println(stderr, "kgnode: {}", error.message());
  return 1;
}

Result<std::string> read_whole(const std::string& path) {
  sys::RealFiles files;
  auto text = TRY(files.read(path, kLongest));
  if (!text) return fail(Error::plain(quote(path) + " is not there"));
  return *std::move(text);
}

Result<std::string> open(const std::string& file, const std::string& key_file,
                         const std::string& out) {
  const auto sealed = TRY(read_whole(file));
  if (!sealed.starts_with(kSealedMark))
    return fail(Error::plain(quote(file) + " is not sealed: tar reads it as it is"));
  auto text = TRY(read_whole(key_file));
  std::string trimmed(trim(text));
  sys::wipe(text);
  const auto key = TRY(sys::SecretBuffer::take(trimmed));
  auto bytes = sys::open_bytes(std::string_view(sealed).substr(kSealedMark.size()), key);
  if (!bytes) return fail(std::move(bytes).error().in("open " + quote(file)));
  const bool has_suffix = file.ends_with(kSealedSuffix);
  const auto path = !out.empty() ? out
                    : has_suffix ? file.substr(0, file.size() - kSealedSuffix.size())
                                 : file + ".tar.gz";
  TRY(write_to(path, *bytes));
  return path;
}

}  // namespace

int make_support_bundle(const BundleRequest& request) {
  const auto written = make(request);
  if (!written) return complain(written.error());
  report(*written, request.json);
  return 0;
}

int open_support_bundle(const std::string& file, const std::string& key_file,
                        const std::string& out) {
  const auto path = open(file, key_file, out);
  if (!path) return complain(path.error());
  if (*path != kStandardOutput) std::println("{}", *path);
  return 0;
}

}  // namespace kgnode::cli
