/// Block devices as sysfs has them. Identity comes from sysfs first: it says the same before udev
/// has run, in a container and in rescue; udev is asked where sysfs is silent.
#include "agent/sys/disks_sysfs.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <format>
#include <optional>

#include "agent/base/text.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::sys {
namespace {

constexpr std::uint64_t kSysfsSector =
    512;  // "size" and "start" count these, whatever the device has
constexpr std::size_t kDevicesMax = 4096;
constexpr unsigned kMajorOptical = 11;

using Names = std::map<dev_t, std::vector<std::string>>;

bool exists(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0;
}

/// Empty when there is none: most attributes are not there for most devices.
std::string attribute(const std::string& path) {
  RealFiles files;
  const auto read = files.read(path, Files::kReadLimit);
  const auto text = read ? read->value_or("") : std::string();
  return std::string(trim(std::string_view(text).substr(0, text.find('\0'))));
}

template <class T>
T number_in(const std::string& path) {
  return parse_int<T>(attribute(path)).value_or(0);
}

/// SCSI vital product data: four bytes, the last of them the length, then the serial in ASCII.
std::string unit_serial(const std::string& path) {
  RealFiles files;
  const auto read = files.read(path, Files::kReadLimit);
  const auto page = read ? read->value_or("") : std::string();
  const std::string_view bytes = page;
  if (bytes.size() < 4) return {};
  const auto length = static_cast<unsigned char>(bytes[3]);
  const auto text = bytes.substr(4, length);
  return std::string(trim(text.substr(0, text.find('\0'))));
}

std::string to_wwn(const std::string& wwid) {
  constexpr std::string_view kNaa = "naa.";
  if (wwid.starts_with(kNaa)) return "0x" + wwid.substr(kNaa.size());
  // T10 names are vendor, model and serial once more.
  return wwid.starts_with("t10.") ? std::string() : wwid;
}

std::string first_known(std::initializer_list<std::string> candidates) {
  for (const auto& candidate : candidates) {
    if (!candidate.empty()) return printable(candidate);
  }
  return {};
}

bool is_numbered(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) && name.size() > prefix.size() && name[prefix.size()] >= '0' &&
         name[prefix.size()] <= '9';
}

DeviceKind kind_of(const KnownDevice& device) {
  using enum DeviceKind;
  constexpr std::array kByName = {
      std::pair{std::string_view("loop"), loop},    std::pair{std::string_view("dm-"), stacked},
      std::pair{std::string_view("md"), stacked},   std::pair{std::string_view("bcache"), stacked},
      std::pair{std::string_view("zd"), stacked},   std::pair{std::string_view("ram"), memory},
      std::pair{std::string_view("zram"), memory},  std::pair{std::string_view("nbd"), network},
      std::pair{std::string_view("rbd"), network},  std::pair{std::string_view("drbd"), network},
      std::pair{std::string_view("md_d"), stacked}, std::pair{std::string_view("sr"), optical}};
  if (exists(device.folder + "/partition")) return partition;
  if (::major(device.number) == kMajorOptical) return optical;
  for (const auto& [prefix, kind] : kByName) {
    if (is_numbered(device.block.name, prefix)) return kind;
  }
  return disk;
}

/// By the buses on the way to the device.
std::string transport_of(const KnownDevice& device) {
  const std::string_view path = device.folder;
  if (device.block.name.starts_with("nvme")) return "nvme";
  if (device.block.name.starts_with("mmcblk")) return "mmc";
  if (path.contains("/usb")) return "usb";
  if (path.contains("/ata")) return "sata";
  if (path.contains("/host") && path.contains("/target")) return "scsi";
  return path.contains("/virtio") ? "virtio" : "";
}

void read_identity(KnownDevice& device, const DiskSources& sources) {
  const auto udev = sources.udev(device.number);
  const auto known = [&udev](const char* key) {
    const auto found = udev.find(key);
    return found == udev.end() ? std::string() : found->second;
  };
  const auto& folder = device.folder;
  auto& block = device.block;
  block.model = first_known(
      {attribute(folder + "/device/model"), attribute(folder + "/device/name"), known("ID_MODEL")});
  block.serial = first_known({attribute(folder + "/serial"), attribute(folder + "/device/serial"),
                              unit_serial(folder + "/device/vpd_pg80"), known("ID_SCSI_SERIAL"),
                              known("ID_SERIAL_SHORT")});
  block.wwn =
      first_known({to_wwn(attribute(folder + "/wwid")), to_wwn(attribute(folder + "/device/wwid")),
                   known("ID_WWN_WITH_EXTENSION"), known("ID_WWN")});
  block.transport = transport_of(device);
}

void read_attributes(KnownDevice& device) {
  auto& block = device.block;
  const auto& folder = device.folder;
  const auto path = std::filesystem::path(folder);
  // Of a partition its disk has the queue.
  const auto queue =
      (block.kind == DeviceKind::partition ? path.parent_path().string() : folder) + "/queue";
  if (block.kind == DeviceKind::partition) {
    block.disk = path.parent_path().filename();
    block.partition = number_in<unsigned>(folder + "/partition");
    block.start = number_in<std::uint64_t>(folder + "/start") * kSysfsSector;
  }
  block.size = number_in<std::uint64_t>(folder + "/size") * kSysfsSector;
  block.sector = number_in<std::uint32_t>(queue + "/logical_block_size");
  block.rotational = attribute(queue + "/rotational") == "1";
  block.read_only = attribute(folder + "/ro") == "1";
  block.removable = attribute(folder + "/removable") == "1";
  block.mapping = attribute(folder + "/dm/name");
  device.sequence = number_in<std::uint64_t>(folder + "/diskseq");
}

void read_names(KnownDevice& device, const Names& files, const Names& by_id, const Names& by_path) {
  const auto of = [&device](const Names& names) {
    const auto found = names.find(device.number);
    return found == names.end() ? std::vector<std::string>() : found->second;
  };
  device.block.by_id = of(by_id);
  device.block.by_path = of(by_path);
  const auto paths = of(files);
  if (paths.empty()) return;
  const auto own = std::ranges::find_if(paths, [&device](const std::string& path) {
    return path.ends_with("/" + device.block.name);
  });
  device.block.path = own == paths.end() ? paths.front() : *own;
}

/// nullopt: it is gone, or nobody can use it.
std::optional<KnownDevice> read_device(const std::string& link, const std::string& name) {
  std::error_code gone;
  KnownDevice device{.block = {.name = name},
                     .number = parse_device_number(attribute(link + "/dev")),
                     .folder = std::filesystem::canonical(link, gone)};
  // A path of a multipath NVMe drive is hidden, and has no number.
  if (gone || device.number == 0) return std::nullopt;
  device.block.kind = kind_of(device);
  if (device.block.kind == DeviceKind::loop && !exists(device.folder + "/loop/backing_file"))
    return std::nullopt;
  read_attributes(device);
  return device;
}

}  // namespace

dev_t parse_device_number(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 2) return 0;
  const auto major = parse_int<unsigned>(parts[0]);
  const auto minor = parse_int<unsigned>(parts[1]);
  return major && minor ? ::makedev(*major, *minor) : 0;
}

Result<std::vector<KnownDevice>> list_block_devices(const DiskSources& sources) {
  RealFiles files;
  const auto folder = sources.sys + "/class/block";
  const auto names = TRY(files.list(folder));
  if (names.empty() && !exists(folder))
    return fail(Error::plain(std::format("{} is not there: no block device can be told", folder)));
  if (names.size() > kDevicesMax)
    return fail(Error::plain(std::format("{} has more than {} devices", folder, kDevicesMax)));
  const auto device_files = list_device_files(sources.dev, sources.number_of);
  const auto by_id = list_device_links(sources.dev + "/disk/by-id", sources.number_of);
  const auto by_path = list_device_links(sources.dev + "/disk/by-path", sources.number_of);
  std::vector<KnownDevice> devices;
  for (const auto& name : names) {
    auto device = read_device(std::format("{}/{}", folder, name), name);
    if (!device) continue;
    read_names(*device, device_files, by_id, by_path);
    if (device->block.kind != DeviceKind::partition) read_identity(*device, sources);
    device->block.holders = TRY(files.list(device->folder + "/holders"));
    devices.push_back(*std::move(device));
  }
  return devices;
}

}  // namespace kgnode::sys
