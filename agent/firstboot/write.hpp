#pragma once
/// Carries out a plan: files, host name, memory.
#include <string>

#include "agent/firstboot/memory.hpp"
#include "agent/firstboot/plan.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::firstboot {

/// Below `root` ("" is the running system). What cannot be written becomes an error note; the rest
/// is written.
void write_output(const Output& output, const std::string& root, sys::Files& files, Notes& notes);

}  // namespace kgnode::firstboot
