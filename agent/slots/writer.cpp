/// Writes an update into the slot that does not run.
#include "agent/slots/writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <format>

#include "agent/base/text.hpp"
#include "agent/base/unique_fd.hpp"
#include "agent/slots/target.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/sha256.hpp"

namespace kgnode::slots {
namespace {

constexpr unsigned kTries = 3;
constexpr std::string_view kUnfinished = ".part";
constexpr auto kEmptyLabel = "_empty";  // as systemd-repart and systemd-sysupdate call a free slot

Result<UniqueFd> open_for_writing(const std::string& path, int flags) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
  if (!fd) return fail(Error::from_errno("open " + quote(path)));
  return fd;
}

Result<> flush(int fd, const std::string& path) {
  if (::fsync(fd) < 0) return fail(Error::from_errno("flush " + quote(path)));
  return {};
}

/// FAT keeps a name in its folder, so the folder is what must be on the disk.
Result<> flush_folder(const std::string& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail(Error::from_errno("open " + quote(folder)));
  if (::syncfs(fd.get()) < 0) return fail(Error::from_errno("flush " + quote(folder)));
  return {};
}

Result<> write_chunk(int fd, const std::string& path, std::string_view bytes,
                     std::uint64_t offset) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(Error::from_errno("write to " + quote(path)));
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

/// The file may end before it.
Result<bool> is_there(int fd, const std::string& path, const Part& part, std::size_t chunk,
                      std::string& memory) {
  memory.resize(part.size_of(chunk));
  std::size_t got = 0;
  while (got < memory.size()) {
    const auto n = ::pread(fd, memory.data() + got, memory.size() - got,
                           static_cast<off_t>(chunk * kChunk + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(Error::from_errno("read " + quote(path)));
    if (n == 0) return false;
    got += static_cast<std::size_t>(n);
  }
  if (part.is_zeros(chunk)) return memory.find_first_not_of('\0') == std::string::npos;
  return sys::sha256_hex(memory) == part.chunks[chunk];
}

class PartWriter {
 public:
  PartWriter(sys::ByteSource& source, std::uint64_t payload, Progress& progress,
             const Report& report)
      : source_(source), payload_(payload), progress_(progress), report_(report) {}

  /// Returns when the device has it and gives it back as it should be.
  Result<> write(const Part& part, const std::string& path, int flags) {
    const auto fd = TRY(open_for_writing(path, flags));
    for (std::size_t chunk = 0; chunk < part.chunks.size(); ++chunk) {
      if (!TRY(is_there(fd.get(), path, part, chunk, memory_)))
        TRY(fill(fd.get(), path, part, chunk));
      if (!part.is_zeros(chunk)) payload_ += part.size_of(chunk);
      progress_.done += part.size_of(chunk);
      report_(progress_);
    }
    TRY(flush(fd.get(), path));
    // What follows comes from the device, not from memory.
    (void)::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_DONTNEED);
    for (std::size_t chunk = 0; chunk < part.chunks.size(); ++chunk) {
      if (!TRY(is_there(fd.get(), path, part, chunk, memory_))) {
        return fail(Error::plain(std::format(
            "{} gives back other bytes than were written to it: see journalctl -k", path)));
      }
    }
    return {};
  }

 private:
  Result<> fill(int fd, const std::string& path, const Part& part, std::size_t chunk) {
    memory_.assign(part.size_of(chunk), '\0');
    if (!part.is_zeros(chunk)) {
      TRY(source_.read(payload_, memory_));
      if (sys::sha256_hex(memory_) != part.chunks[chunk]) {
        return fail(Error::plain(
            std::format("{} is damaged at byte {}: get it again", source_.name(), payload_)));
      }
    }
    return write_chunk(fd, path, memory_, chunk * kChunk);
  }

  sys::ByteSource& source_;
  std::uint64_t payload_;
  Progress& progress_;
  const Report& report_;
  std::string memory_;
};

/// From here on nothing boots from the other slot.
Result<> remove_entries(const Places& places) {
  sys::RealFiles files;
  for (const auto& name : TRY(files.list(places.entries))) {
    const auto entry = parse_entry(name);
    const bool other = entry && entry->version != places.running;
    if (!other && !name.ends_with(kUnfinished)) continue;
    TRY(files.remove(places.entries + "/" + name));
  }
  return flush_folder(places.entries);
}

/// Names that belong to nothing, made of the disk's own so that they are the same each time.
std::string unused_uuid(const Places& places, unsigned number) {
  return uuids_of(sys::sha256_hex(std::format("unused {} {}", places.disk, number))).root;
}

}  // namespace

Result<> write_update(sys::ByteSource& source, const Bundle& bundle, const Places& places,
                      Table& table, const Report& report) {
  const auto& manifest = bundle.manifest;
  TRY(remove_entries(places));
  TRY(table.name(places.disk, places.root_number, unused_uuid(places, places.root_number),
                 kEmptyLabel));
  TRY(table.name(places.disk, places.verity_number, unused_uuid(places, places.verity_number),
                 kEmptyLabel));
  Progress progress{.done = 0,
                    .total = manifest.root.size + manifest.verity.size + manifest.kernel.size};
  PartWriter writer(source, bundle.payload, progress, report);
  TRY(writer.write(manifest.root, places.root, 0));
  TRY(writer.write(manifest.verity, places.verity, 0));
  const auto unfinished =
      std::format("{}/kgnode_{}{}", places.entries, manifest.version, kUnfinished);
  TRY(writer.write(manifest.kernel, unfinished, O_CREAT));

  const auto uuids = uuids_of(manifest.root_hash);
  const auto label = "kgnode_" + manifest.version;
  TRY(table.name(places.disk, places.root_number, uuids.root, label));
  TRY(table.name(places.disk, places.verity_number, uuids.verity, label));
  // From here on the slot is whole; the name of its entry makes it bootable.
  const auto entry = std::format("{}/{}", places.entries,
                                 to_file({.version = manifest.version, .tries_left = kTries}));
  if (std::rename(unfinished.c_str(), entry.c_str()) != 0)
    return fail(Error::from_errno("rename " + quote(unfinished)));
  return flush_folder(places.entries);
}

Result<std::vector<Entry>> list_entries(const std::string& folder) {
  sys::RealFiles files;
  std::vector<Entry> entries;
  for (const auto& name : TRY(files.list(folder))) {
    if (auto entry = parse_entry(name)) entries.push_back(*std::move(entry));
  }
  return entries;
}

Result<> change_entry(const std::string& folder, const Entry& from, const Entry& to) {
  const auto before = folder + "/" + to_file(from);
  const auto after = folder + "/" + to_file(to);
  if (std::rename(before.c_str(), after.c_str()) != 0)
    return fail(Error::from_errno("rename " + quote(before)));
  return flush_folder(folder);
}

}  // namespace kgnode::slots
