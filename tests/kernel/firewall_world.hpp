#pragma once
/// A node between three neighbours, each a network namespace: outside, the vRack, its own pods.
#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/unique_fd.hpp"
#include "agent/config/config.hpp"
#include "agent/sys/nftables_real.hpp"
#include "hardening/firewall/explain.hpp"

namespace test {

inline constexpr std::string_view kNodePublic4 = "198.51.100.2";
inline constexpr std::string_view kNodePublic6 = "2001:db8:ff::2";
inline constexpr std::string_view kOutside4 = "198.51.100.1";

kgnode::Address address(std::string_view text);

/// Runs a program with `input` to its end; its output and errors, and a failed check unless it
/// exits 0.
std::string run(const std::vector<std::string>& argv, std::string_view input = {});
int run_status(const std::vector<std::string>& argv, std::string_view input = {});

/// A namespace of this process' making; gone with its last user.
class Namespace {
 public:
  Namespace();
  /// This thread is in the namespace while the guard lives.
  class Guard {
   public:
    explicit Guard(const Namespace& space);
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard();

   private:
    kgnode::UniqueFd back_;
  };
  Guard enter() const { return Guard(*this); }
  std::string path() const;

 private:
  kgnode::UniqueFd fd_;
};

class World {
 public:
  World();
  /// Gives node and neighbours the addresses of this configuration.
  void follow(const kgnode::config::Config& config) const;
  /// Where a packet with this source address starts, and one with this destination ends.
  const Namespace& from(const kgnode::hardening::firewall::Packet& packet) const;
  const Namespace& to(const kgnode::hardening::firewall::Packet& packet) const;
  /// Sends it, and tells whether it arrived: for TCP a whole handshake, for echo an answer.
  bool passes(const kgnode::hardening::firewall::Packet& packet, bool expected) const;
  /// A datagram that the node sends on to another address and port.
  bool passes_translated(const kgnode::hardening::firewall::Packet& packet,
                         const kgnode::Address& receiver, std::uint16_t port, bool expected) const;
  std::vector<kgnode::Address> own(const kgnode::config::Config& config) const;

  Namespace node;
  Namespace outside;
  Namespace vrack;
  Namespace pods;
};

/// A socket with this address, the namespace's own or not.
kgnode::UniqueFd bound_socket(const Namespace& space, const kgnode::Address& where, int type,
                              std::uint16_t port);
/// A packet crosses a veth pair inside the sender's own call; the long wait, where it is expected,
/// is for a busy machine.
bool is_ready(int fd, short events, bool expected);
bool connects(int fd, const kgnode::Address& where, std::uint16_t port, bool expected);

/// The configuration of the design, for one role.
kgnode::config::Config sample_config(kgnode::config::Role role);
/// Opens the kernel's nftables inside the node, whatever namespace the caller is in.
kgnode::sys::RealNftables open_nftables(const World& world);

}  // namespace test
