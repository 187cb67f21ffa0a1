/// What first boot asks about the machine it runs on.
#include "agent/firstboot/host.hpp"

#include <algorithm>
#include <filesystem>

#include "agent/base/text.hpp"
#include "agent/sys/links.hpp"

namespace kgnode::firstboot {
namespace {

std::string text_of(sys::Files& files, const std::string& path) {
  const auto text = files.read(path, sys::Files::kReadLimit);
  return text ? std::string(trim(text->value_or(""))) : std::string();
}

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

bool is_masked(const std::string& path) {
  std::error_code error;
  return std::filesystem::read_symlink(path, error) == "/dev/null";
}

// A container has no kernel command line of its own: there the arguments of its process 1 count, as
// for systemd and cloud-init.
std::string command_line(sys::Files& files, const std::string& root) {
  const bool container = !text_of(files, root + "/run/systemd/container").empty();
  auto line = text_of(files, root + (container ? "/proc/1/cmdline" : "/proc/cmdline"));
  std::ranges::replace(line, '\0', ' ');
  return line;
}

}  // namespace

bool cloud_init_rules(sys::Files& files, const std::string& root) {
  // The second file is made by its generator when it found no data source (ds-identify).
  if (!exists(root + "/usr/bin/cloud-init") || exists(root + "/etc/cloud/cloud-init.disabled") ||
      exists(root + "/run/cloud-init/disabled") ||
      is_masked(root + "/etc/systemd/system/cloud-init.target"))
    return false;
  return !std::ranges::contains(split_words(command_line(files, root)),
                                std::string_view("cloud-init=disabled"));
}

bool is_container(sys::Files& files) { return !text_of(files, "/run/systemd/container").empty(); }

bool is_openstack_machine(sys::Files& files) {
  return !is_container(files) &&
         text_of(files, "/sys/class/dmi/id/product_name").starts_with("OpenStack");
}

std::string machine_uuid(sys::Files& files) {
  return to_lower(text_of(files, "/sys/class/dmi/id/product_uuid"));
}

bool has_own_network(sys::Files& files) {
  const auto names = files.list("/etc/systemd/network");
  return names && std::ranges::any_of(
                      *names, [](const std::string& name) { return name.ends_with(".network"); });
}

std::vector<PresentLink> present_links() {
  std::vector<PresentLink> links;
  for (auto& card : sys::list_ethernet_cards())
    links.push_back({.name = std::move(card.name), .mac = std::move(card.mac)});
  return links;
}

}  // namespace kgnode::firstboot
