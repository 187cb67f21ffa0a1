/// One value out of an object.
#include "k3s/join/json.hpp"

#include "agent/base/text.hpp"

namespace kgnode::k3s {

const boost::json::value* find(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code error;
  return value.find_pointer(pointer, error);
}

std::string text_of(const boost::json::value& value, std::string_view pointer) {
  const auto* found = find(value, pointer);
  return found != nullptr && found->is_string() ? printable(found->get_string()) : std::string();
}

}  // namespace kgnode::k3s
