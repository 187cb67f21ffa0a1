/// Lines that are no offence, by how they begin.
#include "hardening/ban/shapes.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "agent/base/json_walk.hpp"
#include "hardening/ban/words.hpp"

namespace kgnode::hardening::ban {
namespace {

// From here on sshd may have cut the end off, which is where the address was.
constexpr std::size_t kCutFrom = 480;

// Of OpenSSH 8.0 to 10.x, LogLevel VERBOSE included. Where parse_sshd knows lines that begin the
// same way, the words here go on to what makes them harmless: another wording must not pass for
// one.
constexpr auto kHarmless = std::to_array<std::string_view>({
    "Accepted ",
    "Address ",
    "Attempt to write login records ",
    "Authentication key ",
    "Authentication refused: ",
    "Authentication tried for ",
    "Bad ",
    "Certificate invalid: ",
    "Changed root directory to ",
    "Close session: ",
    "Closing connection to ",
    "Connection closed by authenticating user ",
    "Connection closed by invalid user ",
    "Connection closed by UNKNOWN ",
    "Connection closed by user ",
    "Connection from ",
    "Connection reset by authenticating user ",
    "Connection reset by invalid user ",
    "Connection reset by user ",
    "Could not get shadow information ",
    "Could not load host key: ",
    "Deprecated option ",
    "Disconnected from ",
    "Disconnecting authenticating user ",
    "Disconnecting invalid user ",
    "Disconnecting user ",
    "Exiting on signal ",
    "Failed gssapi-with-mic for ",
    "Failed hostbased for ",
    "Failed none for ",
    "Failed publickey for ",
    "Forced command ",
    "Found matching ",
    "Login restricted",
    "Missing privilege separation directory",
    "Nasty PTR record ",
    "Partial ",
    "Postponed ",
    "ROOT LOGIN REFUSED FROM ",
    "Read error from remote host ",
    "Received SIGHUP",
    "Received disconnect from ",
    "Received request from ",
    "Received signal ",
    "Root login accepted for forced command",
    "Server listening on ",
    "Starting session: ",
    "Timeout before authentication for connection from ",
    "Timeout, client not responding",
    "Transferred: ",
    "User child is on pid ",
    "beginning MaxStartups throttling",
    "exited MaxStartups throttling",
    "kex_exchange_identification: ",
    "kex_protocol_error: ",
    "mm_",
    "packet_write_",
    "reverse mapping checking ",
    "session opened for local user ",
    "sshd: no hostkeys available",
    "srclimit_penalise: ",
    "ssh_dispatch_run_fatal: Connection from ",
    "ssh_packet_",
    "subsystem request for ",
});

// PAM's own, in sshd's name; and what somebody who looks for an error has sshd say.
constexpr auto kForeign = std::to_array<std::string_view>({"PAM ", "pam_", "debug"});

bool begins_with_any(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [text](auto word) { return text.starts_with(word); });
}

// "PAM: TEXT for illegal user ..." and those that name a host instead of an address.
bool names_nobody(std::string_view message) {
  if (message.starts_with("PAM: ")) return message.contains(" for ");
  if (message.starts_with("User ")) return message.contains(" not allowed because ");
  if (message.starts_with("drop connection #"))
    return message.contains(" too many penalised") || message.contains("[UNKNOWN]");
  return message.contains(" from UNKNOWN port ") || message.contains(" from fe80::");
}

bool is_common_log(std::string_view line) {
  const auto word = take_until(line, ' ');
  if (!word || !parse_source(*word) || !take_prefix(line, "- ")) return false;
  const auto user_and_time = take_until(line, '"');
  return user_and_time && user_and_time->ends_with("] ") && take_until(line, '"') &&
         take_prefix(line, " ") && !take_digits(line).empty() && take_prefix(line, " ");
}

bool is_traefik(std::string_view line) {
  JsonWalk walk(line);
  if (!walk.enter_object()) return false;
  bool has_host = false;
  bool has_status = false;
  while (const auto key = walk.next_key()) {
    if (*key == "ClientHost") {
      const auto host = walk.string();
      has_host = host && parse_source(*host);
    } else if (*key == "DownstreamStatus") {
      has_status = walk.integer().has_value();
    } else {
      walk.skip();
    }
  }
  return walk.finish() && has_host && has_status;
}

}  // namespace

Shape shape_of_sshd(std::string_view message) {
  if (message.size() >= kCutFrom) return Shape::foreign;
  if (!take_prefix(message, "error: ")) (void)take_prefix(message, "fatal: ");
  (void)take_suffix(message, " [preauth]");
  if (message.empty() || begins_with_any(message, kForeign)) return Shape::foreign;
  return begins_with_any(message, kHarmless) || names_nobody(message) ? Shape::known
                                                                      : Shape::unknown;
}

// A container says more than its access log; only what tells of a request should have its shape.
Shape shape_of_ingress(std::string_view line) {
  if (line.starts_with('{') ? is_traefik(line) : is_common_log(line)) return Shape::known;
  return line.contains("HTTP/") && !line.contains("[error]") ? Shape::unknown : Shape::foreign;
}

Shape shape_of_audit(std::string_view line) {
  if (line.empty()) return Shape::foreign;
  return line.starts_with(R"({"kind":"Event","apiVersion":"audit.k8s.io/v1",)") ? Shape::known
                                                                                : Shape::unknown;
}

}  // namespace kgnode::hardening::ban
