/// The keys of beacons.
#include "agent/beacon_keys.hpp"

#include <format>
#include <optional>
#include <utility>

#include "agent/base/text.hpp"
#include "k3s/join/paths.hpp"
#include "k3s/join/token.hpp"

namespace kgnode {
namespace {

constexpr std::string_view kWayOut =
    "nodes neither hear this one nor are heard by it: give all of them the same health.secret";

std::optional<std::string> read_text(sys::Files& files, const std::string& path) {
  auto text = files.read(path);
  return text ? *std::move(text) : std::nullopt;
}

std::optional<std::string> read_secret(sys::Files& files, const config::Secret& secret) {
  return secret.value ? std::string(secret.value->view()) : read_text(files, secret.file);
}

std::optional<sys::SecretBuffer> make_key(std::optional<std::string> secret) {
  if (!secret) return std::nullopt;
  auto key = peers::beacon_key(trim(*secret));
  sys::wipe(*secret);
  return key ? std::optional(*std::move(key)) : std::nullopt;
}

/// What workers join with: the one secret that all nodes have held. Servers find it where K3s
/// keeps it when the configuration's file is gone, as one in /run is after a reboot.
std::optional<std::string> read_token(sys::Files& files, const config::Config& config) {
  const bool is_server = config.node.role == config::Role::control_plane;
  const bool has_two = is_server && config.k3s.agent_token;
  const auto& configured = has_two ? config.k3s.agent_token : config.k3s.token;
  auto text = configured ? read_secret(files, *configured) : std::nullopt;
  if (text || !is_server) return text;
  return read_text(files, has_two ? k3s::kOwnAgentToken : k3s::kServerToken);
}

/// `kept` is what an earlier call left.
BeaconKeys from_token(sys::Files& files, const config::Config& config) {
  BeaconKeys found;
  auto kept = read_text(files, kKeptBeaconKey);
  if (kept && kept->size() != peers::kKeySize) kept.reset();  // damaged: as if there were none
  auto text = read_token(files, config);
  const auto token = text ? k3s::parse_token(*text) : std::nullopt;
  if (token && token->kind == k3s::TokenKind::password) {
    auto key = make_key(std::string(token->secret));
    if (key && kept != key->view()) {
      if (const auto written = files.replace(kKeptBeaconKey, std::string(key->view()), 0600);
          !written)
        found.trouble = written.error().message();
    }
    if (key) found.keys.push_back(*std::move(key));
  } else if (!kept) {
    found.trouble = token ? std::format("a bootstrap token makes no key, so {}", kWayOut)
                          : std::format("the join token is not in reach, so {}", kWayOut);
  }
  if (text) sys::wipe(*text);
  if (!kept || (!found.keys.empty() && *kept == found.keys.front().view())) return found;
  // The one before the token was changed, or the only one there is.
  if (auto key = sys::SecretBuffer::take(*kept)) found.keys.push_back(*std::move(key));
  return found;
}

}  // namespace

BeaconKeys find_beacon_keys(sys::Files& files, const config::Config& config) {
  BeaconKeys found;
  if (const auto& secret = config.health.secret) {
    if (auto key = make_key(read_secret(files, *secret))) {
      found.keys.push_back(*std::move(key));
    } else {
      found.trouble = std::format("health.secret: no {}, so {}", quote(secret->file), kWayOut);
    }
  } else {
    found = from_token(files, config);
  }
  if (const auto& secret = config.health.previous_secret; secret && !found.keys.empty()) {
    if (auto key = make_key(read_secret(files, *secret))) {
      found.keys.push_back(*std::move(key));
    } else {
      found.trouble = std::format("health.previous_secret: no {}", quote(secret->file));
    }
  }
  return found;
}

}  // namespace kgnode
