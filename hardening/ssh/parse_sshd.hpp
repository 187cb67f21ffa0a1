#pragma once
/// What sshd prints and what it reads.
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kgnode::hardening {

/// `sshd -T`: option in lower case -> its values, in order, one for each line.
using SshdOptions = std::map<std::string, std::vector<std::string>>;
SshdOptions parse_sshd_options(std::string_view text);

/// sshd_config(5): keyword in lower case and the rest of the line; comments and blank lines left
/// out. "Keyword=value" is one too.
std::vector<std::pair<std::string, std::string>> parse_sshd_config(std::string_view text);

}  // namespace kgnode::hardening
