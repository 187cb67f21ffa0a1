#pragma once
/// `kgnode k3s install`, as root on any node.
#include <string>

namespace kgnode::cli {

struct InstallRequest {
  std::string source;  // a path or a URL
  std::string sha256;  // 64 hexadecimal digits
};

/// Goes on with one that was cut off. 0 or 1.
int install_k3s(const InstallRequest& request);

}  // namespace kgnode::cli
