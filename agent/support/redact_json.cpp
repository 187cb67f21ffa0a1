/// Secrets out of JSON, which stays JSON.
#include <utility>

#include <boost/json.hpp>

#include "agent/support/redact.hpp"

namespace kgnode::support {
namespace {

namespace json = boost::json;

std::string indent(std::size_t depth) { return "\n" + std::string(depth * 2, ' '); }

/// With a line for each value, for people and for diff.
void print(const json::value& value, std::size_t depth, std::string& out) {
  const auto* object = value.if_object();
  const auto* array = value.if_array();
  if ((object == nullptr || object->empty()) && (array == nullptr || array->empty())) {
    out += json::serialize(value);
    return;
  }
  out += object != nullptr ? '{' : '[';
  bool first = true;
  const auto begin_item = [&out, &first, depth] {
    out += std::exchange(first, false) ? "" : ",";
    out += indent(depth + 1);
  };
  if (object != nullptr) {
    for (const auto& member : *object) {
      begin_item();
      out += json::serialize(json::value(member.key())) + ": ";
      print(member.value(), depth + 1, out);
    }
  } else {
    for (const auto& item : *array) {
      begin_item();
      print(item, depth + 1, out);
    }
  }
  out += indent(depth);
  out += object != nullptr ? '}' : ']';
}

}  // namespace

std::string Redactor::clean_json(std::string text) {
  json::error_code bad;
  auto value = json::parse(text, bad);
  if (bad) return clean(std::move(text));
  sys::wipe(text);
  clean_value(value, false);
  std::string out;
  print(value, 0, out);
  return out + "\n";
}

void Redactor::clean_value(json::value& value, bool is_named) {
  if (auto* object = value.if_object()) {
    json::object cleaned;
    for (auto& member : *object) {
      const auto key = clean(std::string(member.key()));
      clean_value(member.value(), is_named || is_secret_name(member.key()));
      cleaned.emplace(key, std::move(member.value()));
    }
    *object = std::move(cleaned);
  } else if (auto* array = value.if_array()) {
    for (auto& item : *array) clean_value(item, is_named);
  } else if (auto* string = value.if_string()) {
    if (is_named && !string->empty()) {
      *string = kHidden;
      count("by its name", 1);
    } else {
      *string = clean(std::string(*string));
    }
  }
}

}  // namespace kgnode::support
