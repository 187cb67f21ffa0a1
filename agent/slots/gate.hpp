#pragma once
/// What a boot means for the slot that it was of. Pure.
#include <optional>
#include <span>
#include <string>

#include "agent/slots/entries.hpp"
#include "agent/slots/record.hpp"
#include "agent/slots/target.hpp"

namespace kgnode::slots {

/// `record`: what is to be remembered from now on, when it is another. `give_up`: the entry that is
/// not to be booted any more; the machine goes back to the other slot.
struct Judgement {
  std::optional<Record> record;
  std::optional<Entry> give_up;
};

/// What the agent says of the node.
struct NodeWord {
  bool healthy = false;
  std::string phase;
  std::string reason;
  bool hears_peers = false;
};

/// Why the node is not as healthy as it has to be; empty: it is. With an update on trial K3s and
/// the other nodes count too, as far as they were there when it was written.
std::string trouble_of(const NodeWord& word, const std::optional<Record>& record,
                       const Running& running);

struct Boot {
  Running running;
  std::string boot_id;
  std::string trouble;  // why the node is not healthy; empty: it is
};

Judgement judge_boot(const Boot& boot, const std::optional<Record>& record,
                     std::span<const Entry> entries);

}  // namespace kgnode::slots
