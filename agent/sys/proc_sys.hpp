#pragma once
/// /proc/sys as a key-value store. Thin: no policy, no logging.
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"

namespace kgnode::sys {

class ProcSys {
 public:
  virtual ~ProcSys() = default;
  /// Dotted keys as sysctl(8) has them. White space runs become one blank. nullopt: no such key.
  virtual Result<std::optional<std::string>> read(std::string_view key) = 0;
  virtual Result<> write(std::string_view key, std::string_view value) = 0;
  /// False where /proc/sys is mounted read-only (containers) or the key takes no writes from us.
  virtual bool is_writable(std::string_view key) = 0;
};

class RealProcSys final : public ProcSys {
 public:
  Result<std::optional<std::string>> read(std::string_view key) override;
  Result<> write(std::string_view key, std::string_view value) override;
  bool is_writable(std::string_view key) override;
};

/// The file below /proc/sys: dots become slashes, and a slash in the key is a dot in the name
/// (sysctl.d(5): "net.ipv4.conf.eth0/100.rp_filter").
std::string proc_sys_path(std::string_view key);

}  // namespace kgnode::sys
