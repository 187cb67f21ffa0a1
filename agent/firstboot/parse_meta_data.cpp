/// meta_data.json of OpenStack and meta-data of NoCloud.
#include "agent/firstboot/parse_meta_data.hpp"

#include <algorithm>
#include <format>

#include "agent/base/ssh_key.hpp"
#include "agent/base/text.hpp"
#include "agent/firstboot/json.hpp"
#include "agent/sys/yaml.hpp"

namespace kgnode::firstboot {
namespace {

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

// The display name is free text; Nova derives `hostname` from it, sometimes with a domain.
std::string choose_name(std::string_view name, std::string_view hostname, const std::string& where,
                        Notes& notes) {
  if (auto label = to_host_label(name); !label.empty()) return label;
  if (auto label = to_host_label(hostname); !label.empty()) return label;
  if (!name.empty() || !hostname.empty()) {
    notes.warn(
        where,
        std::format(
            "neither name {} nor hostname {} is a host name, ignoring; give node.name in user_data",
            quote(name), quote(hostname)));
  }
  return {};
}

}  // namespace

std::string to_host_label(std::string_view name) {
  std::string label = to_lower(name.substr(0, name.find('.')));
  const bool fits = !label.empty() && label.size() <= 63 && label.front() != '-' &&
                    label.back() != '-' && std::ranges::all_of(label, is_label_character);
  return fits ? label : std::string();
}

void add_ssh_key(std::string_view line, const std::string& where, std::vector<std::string>& keys,
                 Notes& notes) {
  const auto parsed = parse_ssh_key(trim(line));
  if (!parsed) return notes.warn(where, parsed.error().message() + ", ignoring this key");
  auto key = to_string(*parsed);
  if (!std::ranges::contains(keys, key)) keys.push_back(std::move(key));
}

Meta parse_meta_data(std::string_view json, const std::string& where, Notes& notes) {
  Meta meta;
  const auto root = parse_json_object(json, where, notes);
  if (!root) return meta;
  meta.instance_id = text_at(*root, "uuid");
  meta.name = choose_name(text_at(*root, "name"), text_at(*root, "hostname"), where, notes);
  const auto* keys = root->if_contains("public_keys");
  if (keys == nullptr || keys->is_null()) return meta;
  if (!keys->is_object()) {
    notes.warn(where, "public_keys is not an object of name and key, ignoring");
    return meta;
  }
  for (const auto& [name, value] : keys->get_object()) {
    const auto* text = value.if_string();
    if (text == nullptr) {
      notes.warn(where, std::format("public_keys.{} is not text, ignoring", quote(name)));
      continue;
    }
    // Nova may join several keys of one pair with newlines.
    for (const auto line : split(std::string_view(*text), '\n')) {
      if (!trim(line).empty()) add_ssh_key(line, where + ": public_keys", meta.ssh_keys, notes);
    }
  }
  return meta;
}

Meta parse_nocloud_meta(std::string_view yaml, const std::string& where, Notes& notes) {
  Meta meta;
  const auto root = sys::parse_yaml(yaml);
  if (!root) {
    notes.error(where, root.error().message());
    return meta;
  }
  if (root->kind == sys::Yaml::Kind::null) return meta;
  if (root->kind != sys::Yaml::Kind::mapping) {
    notes.error(where, "is not a mapping such as \"instance-id: node-1\"");
    return meta;
  }
  std::string hostname;
  for (const auto& [key, value] : root->entries) {
    if (key == "instance-id") {
      meta.instance_id = value.text;
    } else if (key == "local-hostname" || key == "hostname") {
      hostname = value.text;
    } else if (key == "public-keys" || key == "public_keys") {
      for (const auto* item : value.leaves())
        add_ssh_key(item->text, std::format("{}: {}", where, key), meta.ssh_keys, notes);
    } else {
      notes.warn(where, std::format("key {} is not understood, ignoring", quote(key)));
    }
  }
  meta.name = choose_name(hostname, "", where, notes);
  return meta;
}

}  // namespace kgnode::firstboot
