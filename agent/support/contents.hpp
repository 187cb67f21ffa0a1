#pragma once
/// What a support bundle has in it: where each part comes from, as one table.
#include <cstdint>
#include <string>
#include <vector>

namespace kgnode::support {

struct Source {
  enum class Kind : std::uint8_t {
    answer,       // of the agent, by its route
    file,         // by its path
    command,      // by its arguments
    journal,      // by the arguments of journalctl, which gets a number of lines besides
    environment,  // of a process, by the name of its unit
  };
  Kind kind = Kind::command;
  std::string name;  // in the archive
  std::vector<std::string> words;
  bool may_be_absent = false;  // of some nodes: then nothing is said
};

/// A part above it is cut, and the bundle says so.
inline constexpr std::size_t kPartLimit = std::size_t{2} << 20;
inline constexpr std::size_t kAllLimit = std::size_t{48} << 20;

std::vector<Source> sources();

/// Files that hold a secret of their own, whole or as words: what they say is looked for in all
/// parts.
struct SecretFile {
  std::string name;
  std::string path;
};
std::vector<SecretFile> secret_files();

}  // namespace kgnode::support
