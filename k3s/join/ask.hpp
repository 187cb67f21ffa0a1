#pragma once
/// Asking K3s's ports, by curl: TLS stays in a process of its own.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"
#include "agent/sys/process.hpp"
#include "k3s/join/look.hpp"

namespace kgnode::k3s {

struct Question {
  std::string url;
  std::string from;         // address to ask from; empty: any
  std::string ca_file;      // empty: whoever answers is taken
  std::string user;         // "server:PASSWORD"
  std::string bearer;       // a bootstrap token
  std::string client_cert;  // with client_key
  std::string client_key;
  std::string method = "GET";
  std::string body;                          // JSON
  std::size_t limit = std::size_t{1} << 20;  // of the answer
  // Of PATCH: a merge patch (RFC 7396), or "strategic-merge-patch", in which lists of the API are
  // merged too.
  std::string patch = "merge-patch";
};

/// What curl is to be run as; the secrets go by its standard input, where nobody sees them.
sys::Command make_curl(const Question& question);

struct Reply {
  int status = 0;  // of HTTP
  std::string body;
  std::optional<int> clock;  // the clock of the other side minus ours, in seconds
};

/// What curl ended with. A failure has the contact that it stands for, and what curl said.
struct NoReply {
  Contact contact = Contact::unclear;
  std::string text;
};
std::expected<Reply, NoReply> parse_curl(const sys::Output& output, std::int64_t now);

std::expected<Reply, NoReply> ask(const Question& question);

/// The CA that a token pins: SHA-256 of what /cacerts gave, or of the root when it gave a chain,
/// and the certificates that are then to be trusted. nullopt: no certificate.
struct ShownCa {
  std::string hash;
  std::string trusted;  // PEM
};
std::optional<ShownCa> parse_cacerts(std::string_view pem);

/// Mon, 02 Jan 2006 15:04:05 GMT (RFC 9110 section 5.6.7), in seconds since 1970.
std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace kgnode::k3s
