#pragma once
/// node.toml -> Config, or every problem in it with its position.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/config/config.hpp"
#include "agent/config/diagnostic.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::config {

struct Loaded {
  std::optional<Config> config;         // none when there is an error
  std::vector<Diagnostic> diagnostics;  // by position; warnings too
};

/// Pure. `file_name` is for the diagnostics only. The whole document is checked; only a syntax
/// error ends at the first one.
Loaded load_text(std::string_view text, std::string_view file_name);

/// An Error when the file cannot be read; whatever is wrong inside is a diagnostic.
Result<Loaded> load_file(sys::Files& files, const std::string& path);

}  // namespace kgnode::config
