#pragma once
/// The few questions asked of foreign JSON; a wrong type reads as absent and the caller decides.
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "agent/firstboot/types.hpp"

namespace kgnode::firstboot {

/// The root object; otherwise an error note and nullopt.
std::optional<boost::json::object> parse_json_object(std::string_view text,
                                                     const std::string& where, Notes& notes);
std::string text_at(const boost::json::object& object, std::string_view key);
/// The array, or an empty one when the key is absent, null or something else.
const boost::json::array& array_at(const boost::json::object& object, std::string_view key);
/// A number, or text that is one: "1500".
std::optional<std::int64_t> number_at(const boost::json::object& object, std::string_view key);

}  // namespace kgnode::firstboot
