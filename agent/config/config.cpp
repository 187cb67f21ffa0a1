/// Small parts of the plain configuration.
#include "agent/config/config.hpp"

#include "agent/base/text.hpp"
#include "agent/config/schema.hpp"
#include "agent/sys/secret.hpp"

namespace kgnode::config {

bool Secret::operator==(const Secret& other) const {
  if (file != other.file) return false;
  if (value == nullptr || other.value == nullptr) return value == other.value;
  return *value == *other.value;
}

std::string_view to_string(Role role) {
  return split(find_key("node.role")->choices, '|').at(static_cast<std::size_t>(role));
}

std::string_view to_string(PodSecurity level) {
  return split(find_key("k3s.pod_security")->choices, '|').at(static_cast<std::size_t>(level));
}

std::string_view to_string(FileSystem type) {
  return split(find_key("storage.file_system")->choices, '|').at(static_cast<std::size_t>(type));
}

}  // namespace kgnode::config
