/// What first boot keeps below /var/lib/kgnode/firstboot.
#include "agent/firstboot/memory.hpp"

#include "agent/firstboot/json.hpp"

namespace kgnode::firstboot {

namespace json = boost::json;

std::string to_json(const State& state) {
  const json::object root{{"schema", 1},
                          {"instance_id", state.instance_id},
                          {"user_data_sha256", state.user_data_sha256}};
  return json::serialize(root) + "\n";
}

std::optional<State> parse_state(std::string_view text) {
  Notes ignored;  // a damaged file reads as absent: then node.toml, if it is there, stays
  const auto root = parse_json_object(text, "", ignored);
  if (!root) return std::nullopt;
  return State{.instance_id = text_at(*root, "instance_id"),
               .user_data_sha256 = text_at(*root, "user_data_sha256")};
}

std::string to_cache(const RawSeed& raw, const Meta& meta) {
  json::object keys;
  for (const auto& key : meta.ssh_keys) keys[std::to_string(keys.size())] = key;
  json::object root{
      {"schema", 1},
      {"meta", {{"uuid", meta.instance_id}, {"name", meta.name}, {"public_keys", std::move(keys)}}},
      {"network_name", raw.network.name},
      {"network", nullptr}};
  if (raw.network.text) root["network"] = *raw.network.text;
  return json::serialize(root) + "\n";
}

std::optional<RawSeed> parse_cache(std::string_view text) {
  Notes ignored;
  const auto root = parse_json_object(text, "", ignored);
  if (!root) return std::nullopt;
  const auto* meta = root->if_contains("meta");
  if (meta == nullptr || !meta->is_object()) return std::nullopt;
  RawSeed raw{.source = {.kind = SourceKind::cache, .place = kCachePath},
              .meta = {.name = "meta_data.json", .text = json::serialize(*meta)},
              .network = {.name = text_at(*root, "network_name")},
              .user_data = {.name = "user_data"}};
  const auto* network = root->if_contains("network");
  if (network != nullptr && network->is_string()) raw.network.text = text_at(*root, "network");
  return raw;
}

}  // namespace kgnode::firstboot
