/// What runs, as the system itself says.
#include "agent/slots/running.hpp"

#include <algorithm>

#include "agent/base/text.hpp"
#include "agent/slots/record.hpp"

namespace kgnode::slots {
namespace {

#if defined(__x86_64__)
constexpr auto kArchitecture = "x86-64";
#elif defined(__aarch64__)
constexpr auto kArchitecture = "arm64";
#endif

}  // namespace

std::string parse_root_hash(std::string_view command_line) {
  constexpr std::string_view kKey = "roothash=";
  for (const auto word : split_words(trim(command_line))) {
    if (!word.starts_with(kKey)) continue;
    const auto hash = word.substr(kKey.size());
    const bool hex = hash.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    return hash.size() == 64 && hex ? std::string(hash) : std::string();
  }
  return {};
}

std::string parse_release(std::string_view text, std::string_view key) {
  for (const auto line : split(text, '\n')) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || trim(line.substr(0, equals)) != key) continue;
    auto value = trim(line.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

Result<Running> read_running(sys::Files& files) {
  const auto command_line = TRY(files.read("/proc/cmdline")).value_or("");
  const auto release = TRY(files.read("/usr/lib/os-release")).value_or("");
  Running running{.version = parse_release(release, "IMAGE_VERSION"),
                  .root_hash = parse_root_hash(command_line),
                  .architecture = kArchitecture};
  // Other images have a root hash, too.
  if (parse_release(release, "IMAGE_ID") != "kgnode" || !is_version(running.version))
    running.root_hash.clear();
  running.rollback_index =
      parse_int<unsigned>(parse_release(release, "KGNODE_ROLLBACK_INDEX")).value_or(0);
  if (const auto record = TRY(RecordFile(files).load()))
    running.rollback_index = std::max(running.rollback_index, record->rollback_index);
  return running;
}

}  // namespace kgnode::slots
