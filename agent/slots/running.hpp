#pragma once
/// What runs, as the system itself says.
#include <string>
#include <string_view>

#include "agent/base/result.hpp"
#include "agent/slots/target.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::slots {

constexpr auto kEntriesFolder = "/efi/EFI/Linux";
constexpr auto kKeysFile = "/usr/lib/kgnode/update-keys";

/// The root hash of a kernel's command line; empty: it has none.
std::string parse_root_hash(std::string_view command_line);
/// The value of a key of os-release(5); empty: it has none.
std::string parse_release(std::string_view text, std::string_view key);

/// `rollback_index` is that of the image or the highest that was ever good here.
Result<Running> read_running(sys::Files& files);

}  // namespace kgnode::slots
