#pragma once
/// For a terminal that only prints: a text, again when more of it has changed than numbers. A
/// serial console is somebody's log.
#include <optional>
#include <string>
#include <string_view>

namespace kgnode::dashboard {

class Plain {
 public:
  /// The text when it is news.
  std::optional<std::string> news(std::string_view text);

 private:
  std::optional<std::string> told_;
};

}  // namespace kgnode::dashboard
