#pragma once
/// What first boot asks about the machine it runs on. Reads only.
#include <string>
#include <vector>

#include "agent/firstboot/types.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::firstboot {

/// cloud-init is installed and nothing keeps it from running: it owns first boot then.
bool cloud_init_rules(sys::Files& files, const std::string& root = "");
/// Nova says so in the DMI tables; a container shows its host's, so it does not count.
bool is_openstack_machine(sys::Files& files);
std::string machine_uuid(sys::Files& files);
bool is_container(sys::Files& files);
/// The operator gave networkd files of their own.
bool has_own_network(sys::Files& files);
std::vector<PresentLink> present_links();

}  // namespace kgnode::firstboot
