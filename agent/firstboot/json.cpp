/// The few questions asked of foreign JSON.
#include "agent/firstboot/json.hpp"

#include <format>

#include "agent/base/text.hpp"

namespace kgnode::firstboot {

std::optional<boost::json::object> parse_json_object(std::string_view text,
                                                     const std::string& where, Notes& notes) {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = 16;
  boost::json::stream_parser parser({}, options);
  const auto used = parser.write_some(text, error);
  if (!error) parser.finish(error);
  if (!error && !trim(text.substr(used)).empty()) error = boost::json::error::extra_data;
  if (error) {
    notes.error(where, std::format("is not JSON near byte {}: {}", used, error.message()));
    return std::nullopt;
  }
  auto value = parser.release();
  if (!value.is_object()) {
    notes.error(where, "is not a JSON object");
    return std::nullopt;
  }
  return std::move(value.get_object());
}

std::string text_at(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(std::string_view(value->get_string()));
}

const boost::json::array& array_at(const boost::json::object& object, std::string_view key) {
  static const boost::json::array nothing;
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_array() ? value->get_array() : nothing;
}

std::optional<std::int64_t> number_at(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (value->is_string()) return parse_int<std::int64_t>(std::string_view(value->get_string()));
  return std::nullopt;
}

}  // namespace kgnode::firstboot
