/// Opens and reads snapshots of etcd, and seals the server token for the operator.
#include "agent/snapshot_work.hpp"

#include <chrono>
#include <filesystem>
#include <format>
#include <optional>
#include <string>

#include "agent/base/text.hpp"
#include "agent/config/load.hpp"
#include "agent/node_files.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/log.hpp"
#include "agent/sys/sealed_box.hpp"
#include "k3s/join/paths.hpp"
#include "k3s/snapshot/sealed.hpp"

namespace kgnode {
namespace {

namespace fs = std::filesystem;
using k3s::SnapshotBook;
using sys::Level;

std::string path_of(const std::string& name) {
  return std::string(k3s::kSnapshotFolder) + "/" + name;
}

k3s::Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// A damaged one is begun anew: all of it can be found out again.
Result<SnapshotBook> read_book(sys::Files& files) {
  const auto text = TRY(files.read(k3s::kSnapshotBook));
  if (!text) return SnapshotBook{};
  auto book = k3s::parse_book(*text);
  if (book) return book;
  sys::log(Level::warning, book.error().message() + "; every snapshot is read again");
  return SnapshotBook{};
}

Result<> write_book(sys::Files& files, const SnapshotBook& book) {
  return files.replace(k3s::kSnapshotBook, k3s::to_text(book), 0600);
}

struct Token {
  sys::SecretBuffer text;
  std::string digits;
};

/// nullopt, and a line in the log: there is none that is understood.
std::optional<Token> read_token(sys::Files& files) {
  auto text = files.read(k3s::kServerToken);
  if (!text || !*text) {
    sys::log(Level::error,
             text ? std::string(k3s::kServerToken) + " is not there" : text.error().message());
    return std::nullopt;
  }
  auto trimmed = std::string(trim(**text));
  sys::wipe(**text);
  auto secret = sys::SecretBuffer::take(trimmed);
  auto digits = secret ? k3s::bootstrap_digits(secret->view()) : std::nullopt;
  if (!digits) {
    sys::log(Level::error, std::string(k3s::kServerToken) + " holds no server token");
    return std::nullopt;
  }
  return Token{.text = *std::move(secret), .digits = *std::move(digits)};
}

void report(const k3s::Rehearsal& one) {
  if (one.proven()) {
    sys::log(Level::info,
             std::format("snapshot {} can be restored: {} keys up to revision {}", one.file.name,
                         one.found.content.keys, one.found.content.revision));
  } else {
    sys::log(Level::error,
             std::format("snapshot {} cannot be restored: {}", one.file.name, one.trouble()));
  }
}

Result<SnapshotBook> look_at_all(sys::Files& files, const std::string& digits) {
  const auto all = TRY(list_snapshot_files());
  auto book = TRY(read_book(files));
  for (const auto& file : k3s::to_look_at(book, all, now())) {
    k3s::add(book, rehearse(file));
    k3s::tidy(book, all, digits);
    for (const auto& one : book.snapshots) {
      if (one.file == file) report(one);
    }
    // After each: a long first look that is ended is taken up where it was.
    TRY(write_book(files, book));
  }
  k3s::tidy(book, all, digits);
  book.looked = now();
  TRY(write_book(files, book));
  return book;
}

/// Empty: the operator has none.
Result<std::string> read_operator_key(sys::Files& files) {
  const auto loaded = TRY(config::load_file(files, kConfig));
  if (!loaded.config)
    return fail(Error::plain(std::string(kConfig) + " has errors: kgnode check names them"));
  return loaded.config->k3s.snapshots.operator_key;
}

std::string sealed_path(const std::string& snapshot) {
  return std::string(k3s::kTokenFolder) + "/" + snapshot + std::string(k3s::kSealedSuffix);
}

Result<> seal_token(sys::Files& files, const SnapshotBook& book, const Token& token) {
  const auto key_text = TRY(read_operator_key(files));
  const auto key = sys::parse_public_key(key_text);
  if (!key) return {};  // none is configured, which the doctor tells
  for (const auto& name : k3s::to_seal(book, TRY(k3s::read_sealed(files)), key_text)) {
    const k3s::SealedToken sealed{.snapshot = name,
                                  .digits = token.digits,
                                  .key = key_text,
                                  .box = TRY(sys::seal_to_key(token.text.view(), *key))};
    TRY(files.replace(sealed_path(name), k3s::to_text(sealed), 0600));
  }
  for (const auto& name : k3s::to_remove(book, TRY(k3s::read_sealed(files))))
    TRY(files.remove(sealed_path(name)));
  return {};
}

Result<> carry_out(sys::Files& files) {
  const auto token = read_token(files);
  const auto book = TRY(look_at_all(files, token ? token->digits : std::string()));
  return token ? seal_token(files, book, *token) : Result<>();
}

}  // namespace

Result<std::vector<k3s::SnapshotFile>> list_snapshot_files() {
  std::vector<k3s::SnapshotFile> found;
  std::error_code error;
  fs::directory_iterator entries(k3s::kSnapshotFolder, error);
  if (error == std::errc::no_such_file_or_directory) return found;
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::error_code gone;  // retention removes files while we look
    const auto name = entries->path().filename().string();
    const auto status = entries->symlink_status(gone);
    if (gone || !fs::is_regular_file(status) || !k3s::taken_at(name)) continue;
    const auto size = entries->file_size(gone);
    const auto changed = gone ? fs::file_time_type() : entries->last_write_time(gone);
    if (!gone)
      found.push_back({.name = name, .size = size, .changed = changed.time_since_epoch().count()});
  }
  if (error)
    return fail(
        Error(static_cast<std::errc>(error.value()), "list " + quote(k3s::kSnapshotFolder)));
  return found;
}

k3s::Rehearsal rehearse(const k3s::SnapshotFile& file) {
  k3s::Rehearsal one{.file = file, .looked = now(), .found = {}};
  if (k3s::is_compressed(file.name)) {
    one.found.error =
        "it is compressed, which is not looked into: leave etcd-snapshot-compress off";
    return one;
  }
  auto found = sys::read_etcd_snapshot(path_of(file.name));
  if (found) {
    one.found = *std::move(found);
  } else {
    one.found.error = found.error().message();
  }
  return one;
}

int run_snapshot_work() {
  sys::RealFiles files;
  const auto done = carry_out(files);
  if (!done) sys::log(Level::error, done.error().message());
  return done ? 0 : 1;
}

}  // namespace kgnode
