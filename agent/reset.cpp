/// Factory reset.
#include "agent/reset.hpp"

#include <filesystem>
#include <format>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/log.hpp"
#include "agent/sys/real_disks.hpp"
#include "storage/identity.hpp"

namespace kgnode {
namespace {

namespace fs = std::filesystem;
using sys::Level;

/// What a node has written, with what belongs to K3s and its volumes: their mounts are gone with
/// the boot. The data disk is not mounted yet.
constexpr const char* kFolders[] = {"/etc/kgnode",       "/etc/rancher",     "/etc/cni",
                                    "/var/lib/rancher",  "/var/lib/kubelet", "/var/lib/cni",
                                    "/var/lib/longhorn", "/var/log/pods",    "/var/log/containers",
                                    "/var/log/journal",  "/var/home",        "/var/roothome"};
constexpr auto kStateFolder = "/var/lib/kgnode";

Error to_error(const std::string& what, const std::error_code& code) {
  return {static_cast<std::errc>(code.value()), what};
}

Result<> carry_out(const ResetRequest& request) {
  if (request.erase_data) {
    sys::RealDisks disks;
    for (const auto& name : TRY(erase_data_disks(disks, request.node)))
      sys::log(Level::notice, std::format("factory reset: the data disk {} is blank now", name));
  }
  for (const auto* folder : kFolders) TRY(empty_folder(folder));
  const std::string_view request_file = kResetRequest;
  return empty_folder(kStateFolder, request_file.substr(request_file.rfind('/') + 1));
}

}  // namespace

std::string to_text(const ResetRequest& request) {
  return boost::json::serialize(
             boost::json::object{{"node", request.node}, {"erase_data", request.erase_data}}) +
         "\n";
}

Result<ResetRequest> parse_reset_request(std::string_view text) {
  boost::system::error_code error;
  const auto value = boost::json::parse(text, error);
  const auto* root = error ? nullptr : value.if_object();
  const auto* node = root == nullptr ? nullptr : root->if_contains("node");
  const auto* erase = root == nullptr ? nullptr : root->if_contains("erase_data");
  if (node == nullptr || !node->is_string() || erase == nullptr || !erase->is_bool()) {
    return fail(Error::plain(std::format(
        "{} is damaged, and nothing is reset: ask again with kgnode reset", kResetRequest)));
  }
  return ResetRequest{.node = std::string(node->get_string()), .erase_data = erase->get_bool()};
}

Result<std::vector<std::string>> erase_data_disks(sys::Disks& disks, const std::string& node) {
  std::vector<std::string> erased;
  for (const auto& device : TRY(disks.list())) {
    const auto marker = storage::parse_marker(device.marker);
    if (!marker || marker->node != node || device.path.empty()) continue;
    TRY(disks.wipe(device.path));
    // At last: without it the disk is nobody's, and interrupted it is still ours to wipe.
    TRY(disks.remove_marker(device.path));
    erased.push_back(device.name);
  }
  return erased;
}

Result<> empty_folder(const std::string& folder, std::string_view kept) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
    return {};
  if (error) return fail(to_error("list " + quote(folder), error));
  for (const auto& entry : entries) {
    if (entry.path().filename() == kept) continue;
    fs::remove_all(entry.path(), error);
    if (error) return fail(to_error("remove " + quote(entry.path().string()), error));
  }
  return {};
}

int run_reset() {
  sys::RealFiles files;
  const auto text = files.read(kResetRequest, sys::Files::kReadLimit);
  if (!text) {
    sys::log(Level::error, text.error().message());
    return 1;
  }
  if (!*text) return 0;
  const auto request = parse_reset_request(**text);
  auto done = request ? carry_out(*request) : Result<>(fail(Error(request.error())));
  if (done) done = files.remove(kResetRequest);
  if (!done) {
    sys::log(Level::error, "factory reset: " + done.error().message());
    return 1;
  }
  sys::log(Level::notice, "factory reset: this node keeps nothing of what it was");
  return 0;
}

}  // namespace kgnode
