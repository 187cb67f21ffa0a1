#pragma once
/// Lists of modules as the kernel and depmod write them.
#include <set>
#include <string>
#include <string_view>

namespace kgnode::hardening {

/// /proc/modules: the first word of each line.
std::set<std::string> parse_proc_modules(std::string_view text);

/// modules.builtin and modules.dep: "kernel/fs/nfs/nfs.ko.xz: kernel/..." names nfs; dashes become
/// underscores. Lines that name no .ko file are left out.
std::set<std::string> parse_module_files(std::string_view text);

}  // namespace kgnode::hardening
