#pragma once
/// A YAML file of one level, as K3s reads its configuration: keys with scalars or lists of texts.
#include <span>
#include <string>
#include <string_view>

namespace kgnode::k3s {

inline constexpr std::string_view kWrittenBy =
    "# Written by kgnode from /etc/kgnode/node.toml; what is changed here does not last.\n";

/// In double quotes. K3s reads YAML 1.1, where a bare 0644, no or 1:30 is something else.
std::string quote_yaml(std::string_view text);

/// Keys are literals of ours and stay bare.
class Settings {
 public:
  void set(std::string_view key, std::string_view text);
  void set(std::string_view key, const char* text) { set(key, std::string_view(text)); }
  void set(std::string_view key, bool value);
  void set(std::string_view key, unsigned number);
  /// Nothing for an empty list.
  void set(std::string_view key, std::span<const std::string> texts);

  std::string text() const { return std::string(kWrittenBy) + lines_; }

 private:
  std::string lines_;
};

}  // namespace kgnode::k3s
