#pragma once
/// What is wrong with a configuration, where, and the way out.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/value.hpp"

namespace kgnode::config {

enum class Severity : std::uint8_t { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  std::string file;
  Position at;
  std::string message;
  std::string hint;    // "did you mean \"address\"?"; may be empty
  std::string source;  // the offending line, fit for a terminal, secrets masked
};

/// `file:line:column: message`, the line with a caret below it, the hint; ends with a newline.
std::string to_text(const Diagnostic& diagnostic);
/// The same without the source, for a log or a reason: "node.toml:5:8: ...; did you mean ...?"
std::string to_line(const Diagnostic& diagnostic);

/// Collects every problem of one document.
class Problems {
 public:
  void error(Position at, std::string message, std::string hint = {});
  void warning(Position at, std::string message, std::string hint = {});
  bool has_errors() const;

  /// Sorted by position, each with its file and source line.
  std::vector<Diagnostic> finish(std::string_view file, std::string_view text) &&;

 private:
  std::vector<Diagnostic> found_;
};

/// A value as messages show it: quoted, and cut when long.
std::string shown(std::string_view value);

/// The line as it may be shown: control bytes replaced, whatever follows a word such as "token"
/// masked, inside a multi-line string nothing at all.
std::string source_line(std::string_view text, unsigned line);
/// Whether that line, or a string that reaches into it, could be a secret.
bool is_secret_line(std::string_view text, unsigned line);

}  // namespace kgnode::config
