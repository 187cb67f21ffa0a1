#pragma once
/// Objects of the API, read by JSON pointer (RFC 6901), and what the agent and its helpers write
/// for each other.
#include <format>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "agent/base/result.hpp"

namespace kgnode::k3s {

/// nullptr: there is nothing there.
const boost::json::value* find(const boost::json::value& value, std::string_view pointer);
/// Printable; empty when there is no text there.
std::string text_of(const boost::json::value& value, std::string_view pointer);

/// Errors: no JSON, or not of that type; `what` says of what.
template <class T>
Result<T> from_text(std::string_view text, std::string_view what) {
  boost::system::error_code error;
  const auto parsed = boost::json::parse(text, error);
  if (!error) {
    auto value = boost::json::try_value_to<T>(parsed);
    if (value) return *std::move(value);
    error = value.error();
  }
  return fail(Error::plain(std::format("{} is damaged: {}", what, error.message())));
}

}  // namespace kgnode::k3s
