#pragma once
/// Reading an answer without trusting its shape: what is missing or of another type reads as
/// absent.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

namespace kgnode::cli {

/// null when `value` is no object or has no such key.
const boost::json::value& at(const boost::json::value& value, std::string_view key);
/// Empty when it is no list.
std::span<const boost::json::value> list_at(const boost::json::value& value, std::string_view key);
bool is_true(const boost::json::value& value);

/// Printable, on one line; "-" for null and for anything that is no text, number or truth value.
std::string show(const boost::json::value& value);
std::string show_at(const boost::json::value& value, std::string_view key);
/// "2026-03-01 09:00:05Z": seconds are enough for people.
std::string show_time(const boost::json::value& value);

/// Columns padded to their widest cell, two blanks between, each line after `indent`.
std::string render_table(const std::vector<std::vector<std::string>>& rows,
                         std::string_view indent = "");

}  // namespace kgnode::cli
