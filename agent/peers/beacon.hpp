#pragma once
/// What a node tells the others about itself, as one sealed datagram: who it is, how it is, and
/// what is needed to measure the way between the two.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/sys/secret.hpp"

namespace kgnode::peers {

constexpr std::uint16_t kBeaconPort = 9181;  // UDP; questions about seats share it
/// Fits every path that IPv6 may take, sealed.
constexpr std::size_t kBeaconLimit = 1200;
/// Of a padded one: the largest frame of a vRack (9000) without the headers of IPv4 and UDP.
constexpr std::size_t kProbeLimit = 8972;

/// Something that is not as it should be.
struct Trouble {
  std::string id;  // "storage.full", as the doctor names it
  bool fails = false;
  std::string text;
  bool operator==(const Trouble&) const = default;
};

/// How the node is.
struct Report {
  std::string name;
  std::string role;
  std::string version;
  std::string phase;
  std::string reason;  // why it is not ready, or empty
  std::vector<Trouble> troubles;
  bool operator==(const Report&) const = default;
};

/// A ban that a node has made itself.
struct SharedBan {
  Prefix source;
  std::chrono::seconds left{0};
  bool operator==(const SharedBan&) const = default;
};

struct Beacon {
  Report report;
  Address from;
  Address to;
  std::int64_t session = 0;           // chosen anew by each start of an agent
  std::int64_t number = 0;            // of this session, for this receiver
  std::int64_t cookie = 0;            // the receiver is to send it back before its session counts
  std::int64_t cookie_back = 0;       // what the receiver gave
  bool asks = false;                  // for an answer at once
  std::chrono::microseconds sent{0};  // by the sender's monotonic clock
  std::chrono::microseconds echo{0};  // `sent` of the receiver's last one; 0: none yet
  std::chrono::microseconds held{0};  // how long ago that one came
  std::chrono::system_clock::time_point wall;
  std::int64_t largest = 0;     // octets of the last padded one that came from the receiver
  std::vector<Address> others;  // who is there too
  std::vector<SharedBan> bans;
  bool operator==(const Beacon&) const = default;
};

constexpr std::size_t kKeySize = 32;
/// The keys that this node understands, of kKeySize octets each; it seals with the first.
using Keys = std::vector<sys::SecretBuffer>;

/// The key from a secret that is random already, as join tokens are.
Result<sys::SecretBuffer> beacon_key(std::string_view secret);

/// Texts are shortened, and troubles, others and bans left out from the end, until it fits
/// kBeaconLimit; it is padded to `size` when that is more. Wants a key.
std::string seal_beacon(const Keys& keys, const Beacon& beacon, std::size_t size = 0);

/// Whether the bytes claim to be a beacon at all: other datagrams share the port.
bool looks_like_beacon(std::string_view datagram);
/// `foreign`: sealed with another key, or changed. `malformed`: by one who has the key.
enum class Refused : std::uint8_t { foreign, malformed };
std::variant<Beacon, Refused> open_beacon(const Keys& keys, std::string_view datagram);

/// Strict: an unknown key is skipped, for later versions; a wrong type, a missing key, or text that
/// is not printable is nullopt.
std::optional<Beacon> parse_beacon(std::string_view text);

}  // namespace kgnode::peers
