#pragma once
/// A libblkid probe of a range of an open device, set to see everything. For agent/sys only.
#include <cstdint>
#include <string>

#include <blkid/blkid.h>

#include "agent/base/handle.hpp"
#include "agent/base/result.hpp"

namespace kgnode::sys {

using ProbePtr = Handle<std::remove_pointer_t<blkid_probe>, blkid_free_probe>;

// More than any format has: ZFS has some 70 places, each found and then hidden or wiped.
constexpr int kSignaturesMax = 1024;

inline Result<ProbePtr> make_probe(int fd, std::uint64_t start, std::uint64_t size) {
  ProbePtr probe(blkid_new_probe());
  if (!probe || blkid_probe_set_device(probe.get(), fd, static_cast<blkid_loff_t>(start),
                                       static_cast<blkid_loff_t>(size)) != 0)
    return fail(Error::from_errno("libblkid cannot use it"));
  // A superblock with a wrong checksum was once one; a GPT may have lost its first sector.
  blkid_probe_enable_superblocks(probe.get(), 1);
  blkid_probe_set_superblocks_flags(probe.get(), BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_TYPE |
                                                     BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID |
                                                     BLKID_SUBLKS_BADCSUM | BLKID_SUBLKS_FSINFO);
  blkid_probe_enable_partitions(probe.get(), 1);
  blkid_probe_set_partitions_flags(probe.get(), BLKID_PARTS_MAGIC | BLKID_PARTS_FORCE_GPT);
  return probe;
}

}  // namespace kgnode::sys
