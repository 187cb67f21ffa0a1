/// Mount tables of processes by libmount.
#include "agent/sys/mount_table.hpp"

#include <libmount/libmount.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstdio>

#include "agent/base/handle.hpp"
#include "agent/base/text.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::sys {
namespace {

using TablePtr = Handle<libmnt_table, mnt_unref_table>;
using IteratorPtr = Handle<libmnt_iter, mnt_free_iter>;

void close_stream(FILE* stream) { (void)std::fclose(stream); }  // it was read, not written
using StreamPtr = Handle<FILE, close_stream>;

// A node with a few hundred pods has some MiB of mounts.
constexpr std::size_t kReadLimit = std::size_t{64} << 20;

std::string propagation_of(libmnt_fs* entry) {
  unsigned long flags = 0;
  if (mnt_fs_get_propagation(entry, &flags) != 0) return {};
  if ((flags & MS_SHARED) != 0) return "shared";
  if ((flags & MS_SLAVE) != 0) return "slave";
  return (flags & MS_UNBINDABLE) != 0 ? "unbindable" : "private";
}

std::string text_of(const char* text) { return text == nullptr ? std::string() : text; }

}  // namespace

Result<std::optional<std::vector<Mount>>> read_mounts(const std::string& mountinfo) {
  // Read by us: libmount takes a failing read for the end.
  RealFiles files;
  auto text = files.read(mountinfo, kReadLimit);
  // EINVAL: a zombie, proc(5).
  if (!text && (text.error().code() == std::errc::no_such_process ||
                text.error().code() == std::errc::invalid_argument))
    return std::nullopt;
  auto content = TRY(std::move(text));
  if (!content || content->empty()) return std::nullopt;
  const StreamPtr stream(::fmemopen(content->data(), content->size(), "r"));
  const TablePtr table(mnt_new_table());
  const IteratorPtr iterator(mnt_new_iter(MNT_ITER_FORWARD));
  if (!stream || !table || !iterator)
    return fail(Error::from_errno("read " + quote(mountinfo), ENOMEM));
  if (mnt_table_parse_stream(table.get(), stream.get(), mountinfo.c_str()) != 0)
    return fail(Error::plain("read " + quote(mountinfo) + ": not understood"));
  std::vector<Mount> mounts;
  libmnt_fs* entry = nullptr;
  while (mnt_table_next_fs(table.get(), iterator.get(), &entry) == 0) {
    mounts.push_back({.number = mnt_fs_get_devno(entry),
                      .source = text_of(mnt_fs_get_source(entry)),
                      .target = text_of(mnt_fs_get_target(entry)),
                      .options = text_of(mnt_fs_get_vfs_options(entry)),
                      .propagation = propagation_of(entry)});
  }
  return mounts;
}

}  // namespace kgnode::sys
