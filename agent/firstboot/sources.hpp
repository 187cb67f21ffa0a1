#pragma once
/// Where first-boot data comes from: a folder, a drive, the metadata service. Reads only.
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/firstboot/types.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/http_get.hpp"
#include "agent/sys/links.hpp"
#include "agent/sys/process.hpp"

namespace kgnode::firstboot {

/// The text of one document of a source by its name there; nullopt: it has none.
using ReadDocument = std::function<Result<std::optional<std::string>>(const std::string& name)>;

/// All documents of an OpenStack source or of a NoCloud one; nullopt: it has no meta data, so it is
/// neither.
Result<std::optional<RawSeed>> read_documents(const Source& source, const ReadDocument& read);

/// A folder laid out like a config drive, or like NoCloud with meta-data at its top.
Result<std::optional<RawSeed>> read_folder(sys::Files& files, const std::string& folder);

using RunCommand = std::function<Result<sys::Output>(sys::Command command)>;

/// Every drive with one of the labels, the config drive first; unreadable ones become notes.
/// When none can be taken, all that is said of them is an error.
std::vector<RawSeed> read_drives(const RunCommand& run, Notes& notes);

/// 169.254.169.254, and fe80::a9fe:a9fe over each card.
std::vector<sys::HttpServer> metadata_servers(std::span<const sys::EthernetCard> cards);

/// Asks all servers at once, again and again with growing pauses, until one gives a good answer or
/// the time is over.
Result<RawSeed> ask_metadata_service(std::span<const sys::HttpServer> servers,
                                     std::chrono::milliseconds limit);

}  // namespace kgnode::firstboot
