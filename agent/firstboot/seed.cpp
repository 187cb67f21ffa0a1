/// The documents of one source, read into values.
#include "agent/firstboot/seed.hpp"

#include <format>

#include "agent/base/text.hpp"
#include "agent/firstboot/parse_meta_data.hpp"
#include "agent/firstboot/parse_network_config.hpp"
#include "agent/firstboot/parse_network_data.hpp"
#include "agent/firstboot/parse_user_data.hpp"
#include "agent/sys/sha256.hpp"

namespace kgnode::firstboot {
namespace {

std::string place_of(const RawSeed& raw, const RawSeed::Document& document) {
  return raw.source.place.empty() ? document.name
                                  : std::format("{} on {}", document.name, raw.source.place);
}

// A cached NoCloud network keeps its name, so that it is read by the same parser again.
bool is_openstack(const RawSeed::Document& document) { return document.name.ends_with(".json"); }

}  // namespace

std::string_view to_string(SourceKind kind) {
  switch (kind) {
    case SourceKind::config_drive:
      return "config drive";
    case SourceKind::nocloud:
      return "NoCloud";
    case SourceKind::metadata_service:
      return "metadata service";
    case SourceKind::cache:
      return "cache of an earlier boot";
    case SourceKind::cloud_init:
      return "cloud-init";
    case SourceKind::none:
      break;
  }
  return "none";
}

SeedData read_seed(const RawSeed& raw, Notes& notes) {
  SeedData seed{.source = raw.source,
                .meta_name = place_of(raw, raw.meta),
                .network_name = place_of(raw, raw.network),
                .user_data_name = place_of(raw, raw.user_data)};
  if (raw.meta.text) {
    seed.meta = is_openstack(raw.meta) ? parse_meta_data(*raw.meta.text, seed.meta_name, notes)
                                       : parse_nocloud_meta(*raw.meta.text, seed.meta_name, notes);
  } else {
    notes.warn(seed.meta_name, "is missing, so the instance has no id and no name");
  }
  if (raw.network.text) {
    seed.network = is_openstack(raw.network)
                       ? parse_network_data(*raw.network.text, seed.network_name, notes)
                       : parse_network_config(*raw.network.text, seed.network_name, notes);
  }
  if (raw.user_data.text && !trim(*raw.user_data.text).empty()) {
    seed.user_data = parse_user_data(*raw.user_data.text, seed.user_data_name, notes);
    seed.user_data_sha256 = sys::sha256_hex(*raw.user_data.text);
  }
  return seed;
}

bool is_good_answer(const RawSeed& raw) {
  if (!raw.meta.text) return false;
  Notes ignored;
  const auto meta = is_openstack(raw.meta) ? parse_meta_data(*raw.meta.text, "", ignored)
                                           : parse_nocloud_meta(*raw.meta.text, "", ignored);
  return ignored.errors.empty() && !meta.instance_id.empty();
}

}  // namespace kgnode::firstboot
