/// The verbs about disks.
#include <format>

#include <boost/json.hpp>

#include "agent/admin.hpp"
#include "agent/base/text.hpp"
#include "storage/layers.hpp"

namespace kgnode {
namespace {

using boost::json::value;
using storage::Judged, storage::Storage;

boost::json::array to_json(const std::vector<std::string>& texts) {
  boost::json::array all;
  for (const auto& text : texts) all.emplace_back(printable(text));
  return all;
}

boost::json::array to_json(const std::vector<sys::Signature>& signatures) {
  boost::json::array all;
  for (const auto& signature : signatures) {
    all.push_back({{"type", signature.type},
                   {"label", printable(signature.label)},
                   {"uuid", printable(signature.uuid)},
                   {"offset", signature.offset}});
  }
  return all;
}

boost::json::object to_json(const sys::BlockDevice& device) {
  return {{"name", device.name},
          {"path", device.path},
          {"size", device.size},
          {"signatures", to_json(device.signatures)},
          {"mounts", to_json(device.mounts)},
          {"holders", to_json(device.holders)},
          {"swap", device.swap},
          {"unreadable", printable(device.unreadable)}};
}

boost::json::array list_partitions(std::span<const sys::BlockDevice> devices,
                                   const std::string& disk) {
  boost::json::array all;
  for (const auto& device : devices) {
    if (device.disk != disk) continue;
    auto partition = to_json(device);
    partition["label"] = printable(device.partition_label);
    partition["uuid"] = device.partition_uuid;
    all.push_back(std::move(partition));
  }
  return all;
}

value to_json(const Judged& judged, std::span<const sys::BlockDevice> devices,
              const Storage::Desired& want) {
  const auto& disk = *judged.disk;
  auto object = to_json(disk);
  object["model"] = printable(disk.model);
  object["serial"] = printable(disk.serial);
  object["wwn"] = printable(disk.wwn);
  object["transport"] = disk.transport;
  object["rotational"] = disk.rotational;
  object["by_id"] = to_json(disk.by_id);
  object["by_path"] = to_json(disk.by_path);
  object["partitions"] = list_partitions(devices, disk.name);
  object["verdict"] = storage::to_string(judged.standing);
  object["reasons"] = to_json(judged.reasons);
  object["mismatches"] = to_json(judged.mismatches);
  object["token"] = want.disk && may_be_given_up(devices, judged, want.node)
                        ? value(storage::fingerprint(devices, disk))
                        : value(nullptr);
  return object;
}

bool is_called(const sys::BlockDevice& disk, const std::string& name) {
  return disk.name == name || disk.path == name || (!name.empty() && disk.serial == name) ||
         std::ranges::contains(disk.by_id, name);
}

std::unexpected<api::ApiError> refused(unsigned status, std::string message) {
  return std::unexpected(api::ApiError{.status = status, .message = std::move(message)});
}

/// Why this disk may not be given up with this token; nothing: it may.
std::optional<api::ApiError> why_not(std::span<const sys::BlockDevice> devices,
                                     const Judged& judged, const Storage::Desired& want,
                                     const std::string& token) {
  const auto& disk = *judged.disk;
  if (!judged.mismatches.empty()) {
    return api::ApiError{409, std::format("{} is not what storage.disk selects: {}",
                                          storage::describe(disk), join(judged.mismatches, ", "))};
  }
  if (!may_be_given_up(devices, judged, want.node)) {
    return api::ApiError{
        409, std::format("{} is {}{}{}: there is nothing to give up", storage::describe(disk),
                         storage::to_string(judged.standing), judged.reasons.empty() ? "" : ", it ",
                         join(judged.reasons, ", "))};
  }
  if (storage::fingerprint(devices, disk) != token) {
    return api::ApiError{409, std::format("the token is not that of {} as it is now: \"kgnode "
                                          "storage plan\" shows what would be lost and its token",
                                          storage::describe(disk))};
  }
  return std::nullopt;
}

}  // namespace

api::Answer<value> Admin::storage_list() {
  const auto config = parts_.commit.config();
  const auto want = config ? Storage::desired(*config) : Storage::Desired{};
  const auto devices = parts_.storage.list();
  if (!devices) return refused(500, devices.error().message());
  boost::json::array disks;
  for (const auto& judged : storage::judge(*devices, want.disk, want.node))
    disks.push_back(to_json(judged, *devices, want));
  return value{{"disks", std::move(disks)}};
}

Task<api::Answer<api::Applied>> Admin::storage_prepare(std::string disk, std::string token,
                                                       api::Peer by) {
  const auto config = parts_.commit.config();
  if (!config || !config->storage.disk)
    co_return refused(409, "the configuration has no storage.disk: add it first");
  const auto want = Storage::desired(*config);
  const auto devices = parts_.storage.list();
  if (!devices) co_return refused(500, devices.error().message());
  const auto all = storage::judge(*devices, want.disk, want.node);
  const auto found = std::ranges::find_if(
      all, [&disk](const Judged& judged) { return is_called(*judged.disk, disk); });
  if (found == all.end()) {
    co_return refused(404,
                      std::format("there is no disk {}: see \"kgnode storage list\"", quote(disk)));
  }
  if (auto refusal = why_not(*devices, *found, want, token))
    co_return std::unexpected(*std::move(refusal));
  core::LogEntry entry{.event = "storage.prepare",
                       .domain = "storage",
                       .text = "give up what is on " + storage::describe(*found->disk),
                       .before = join(found->reasons, ", "),
                       .outcome = "asked"};
  if (auto recorded = record(by, std::move(entry)); !recorded)
    co_return std::unexpected(std::move(recorded).error());
  parts_.storage.approve(token);
  auto conditions = co_await parts_.reconciler.enforce(config);
  parts_.storage.approve("");
  co_return finish(by, "storage.prepare", std::move(conditions));
}

}  // namespace kgnode
