#pragma once
/// One log line -> one verdict: who did it, and how much it weighs. All of it is text that
/// attackers wrote in part. So an address is taken from its fixed place only, a line that may have
/// been cut names nobody, and of the lines that tell of one attempt only those count that
/// docs/domains/ban.md lists. Pure, and nothing is allocated.
#include <optional>
#include <string_view>

#include "hardening/ban/types.hpp"

namespace kgnode::hardening::ban {

/// sshd, sshd-session or sshd-auth of OpenSSH 8.0 to 10.x: the message without syslog's prefix.
std::optional<Hit> parse_sshd(std::string_view message);

/// K3s: a request to the supervisor with a token that it does not know.
std::optional<Hit> parse_supervisor(std::string_view message);

/// An access log of ingress-nginx or Traefik (common log format or JSON), without the prefix of the
/// container runtime.
std::optional<Hit> parse_ingress(std::string_view line);

/// An event of the audit log of kube-apiserver, as JSON.
std::optional<Hit> parse_audit(std::string_view line);

}  // namespace kgnode::hardening::ban
