#pragma once
/// Names of kernel modules, and lists of them as the kernel and depmod write them.
#include <set>
#include <string>
#include <string_view>

namespace kgnode {

/// As the kernel spells it: underscores, no dashes.
std::string module_name(std::string_view name);

/// /proc/modules: the first word of each line.
std::set<std::string> parse_proc_modules(std::string_view text);

/// modules.builtin and modules.dep: "kernel/fs/nfs/nfs.ko.xz: kernel/..." names nfs; dashes become
/// underscores. Lines that name no .ko file are left out.
std::set<std::string> parse_module_files(std::string_view text);

}  // namespace kgnode
