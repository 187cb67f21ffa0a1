/// Where first-boot data comes from.
#include "agent/firstboot/sources.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <iterator>

#include "agent/base/text.hpp"
#include "agent/sys/block_probe.hpp"
#include "agent/sys/fat.hpp"
#include "agent/sys/iso9660.hpp"

namespace kgnode::firstboot {
namespace {

constexpr std::array<std::string_view, 2> kLabels{"config-2", "cidata"};

Source source_of(const sys::Volume& volume) {
  const bool nocloud = to_lower(volume.label) == kLabels[1];
  return {.kind = nocloud ? SourceKind::nocloud : SourceKind::config_drive, .place = volume.device};
}

/// Tells an ISO 9660 volume from a FAT one and reads it without a mount.
Result<std::optional<RawSeed>> read_volume(const sys::Volume& volume, const RunCommand& run) {
  const auto source = source_of(volume);
  if (volume.type == "iso9660") {
    auto iso = TRY(sys::Iso9660::open(volume.device));
    return read_documents(
        source, [&iso](const std::string& name) { return iso.read(name, sys::Files::kReadLimit); });
  }
  if (volume.type == "vfat") {
    return read_documents(source, [&volume, &run](const std::string& name) {
      return sys::read_fat_file(run, volume.device, name);
    });
  }
  return fail(Error::plain(std::format("holds {}, neither iso9660 nor vfat", quote(volume.type))));
}

std::optional<RawSeed> read_drive(const sys::Volume& volume, const RunCommand& run, Notes& notes) {
  const auto place = std::format("{} labelled {}", volume.device, quote(volume.label));
  auto raw = read_volume(volume, run);
  if (!raw) {
    notes.error(place, raw.error().message());
    return std::nullopt;
  }
  if (!*raw)
    notes.warn(place, std::format("has no meta data ({}), so it is not taken",
                                  source_of(volume).kind == SourceKind::nocloud
                                      ? "meta-data"
                                      : "openstack/latest/meta_data.json"));
  return *std::move(raw);
}

}  // namespace

Result<std::optional<RawSeed>> read_documents(const Source& source, const ReadDocument& read) {
  const bool nocloud = source.kind == SourceKind::nocloud;
  RawSeed raw{
      .source = source,
      .meta = {.name = nocloud ? "meta-data" : "openstack/latest/meta_data.json"},
      .network = {.name = nocloud ? "network-config" : "openstack/latest/network_data.json"},
      .user_data = {.name = nocloud ? "user-data" : "openstack/latest/user_data"}};
  raw.meta.text = TRY(read(raw.meta.name));
  if (!raw.meta.text) return std::nullopt;
  raw.network.text = TRY(read(raw.network.name));
  raw.user_data.text = TRY(read(raw.user_data.name));
  return raw;
}

Result<std::optional<RawSeed>> read_folder(sys::Files& files, const std::string& folder) {
  const auto read = [&files, &folder](const std::string& name) {
    return files.read(folder + "/" + name);
  };
  auto openstack = TRY(read_documents({.kind = SourceKind::config_drive, .place = folder}, read));
  if (openstack) return openstack;
  return read_documents({.kind = SourceKind::nocloud, .place = folder}, read);
}

std::vector<RawSeed> read_drives(const RunCommand& run, Notes& notes) {
  const auto volumes = sys::list_volumes();
  std::vector<RawSeed> found;
  for (const auto label : kLabels) {
    for (const auto& volume : volumes) {
      if (to_lower(volume.label) != label) continue;
      if (auto raw = read_drive(volume, run, notes)) found.push_back(*std::move(raw));
    }
  }
  // With nothing else to take, a drive that says nothing is what is wrong.
  if (found.empty()) {
    std::ranges::move(notes.warnings, std::back_inserter(notes.errors));
    notes.warnings.clear();
  }
  return found;
}

}  // namespace kgnode::firstboot
