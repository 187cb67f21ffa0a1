#pragma once
/// A log of a node under attack, the same on every run.
#include <string>

namespace bench {

/// Lines as syslog writes them: about three quarters of sshd, the others of whatever runs beside
/// it. False: not written.
bool write_log(int lines, const std::string& path);

}  // namespace bench
