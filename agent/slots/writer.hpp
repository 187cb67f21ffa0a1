#pragma once
/// Writes an update into the slot that does not run. Until its last step there is no boot entry for
/// that slot, so an interruption at any point leaves a machine that boots what it ran.
#include <functional>
#include <span>
#include <string>

#include "agent/base/result.hpp"
#include "agent/slots/bundle.hpp"
#include "agent/slots/entries.hpp"

namespace kgnode::slots {

/// The partitions and the boot folder of one machine.
struct Places {
  std::string disk;  // device files
  std::string root;  // of the slot that does not run
  std::string verity;
  unsigned root_number = 0;  // in the partition table
  unsigned verity_number = 0;
  std::string entries;  // the folder of boot entries
  std::string running;  // the version that runs
};

/// Names a partition in the table of its disk. An interface, as the table needs a real disk.
class Table {
 public:
  virtual ~Table() = default;
  virtual Result<> name(const std::string& disk, unsigned partition, const std::string& uuid,
                        const std::string& label) = 0;
};

struct Progress {
  std::uint64_t done = 0;  // bytes
  std::uint64_t total = 0;
};
using Report = std::function<void(const Progress&)>;

Result<> write_update(sys::ByteSource& source, const Bundle& bundle, const Places& places,
                      Table& table, const Report& report);

/// Those of the folder that are ours.
Result<std::vector<Entry>> list_entries(const std::string& folder);
/// Renames it, and returns when the disk has it.
Result<> change_entry(const std::string& folder, const Entry& from, const Entry& to);

}  // namespace kgnode::slots
