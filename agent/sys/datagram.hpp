#pragma once
/// Questions and answers of one datagram each.
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/net.hpp"
#include "agent/base/result.hpp"

namespace kgnode::sys {

/// The largest that is read: a frame of 9000 octets. Larger ones are dropped.
constexpr std::size_t kDatagramLimit = 9000;

/// What one of those asked may have meant; nullopt: not taken, as if nothing had come.
using TakeDatagram =
    std::function<std::optional<std::string>(std::size_t index, std::string_view bytes)>;

/// Asks all of them from the address `from`, each again until it answers or the time is over.
/// An answer counts only from the address that was asked.
std::vector<std::optional<std::string>> ask_all(const Address& from, std::span<const Address> to,
                                                std::uint16_t port, std::string_view question,
                                                std::chrono::milliseconds limit,
                                                const TakeDatagram& take);

struct Datagram {
  Address from;
  std::uint16_t port = 0;
  std::string bytes;
};

/// What has come to the socket, at most a burst of it: then the loop has its turn.
std::vector<Datagram> read_datagrams(int socket);
/// From an address of ours, never cut into fragments (`never_fragment`). An Error with
/// std::errc::message_size: our own interface does not take as much.
Result<> send_datagram(int socket, const Address& from, const Address& to, std::uint16_t port,
                       std::string_view bytes);
/// What is too large for the path is lost, rather than cut: so that one can tell (ip(7),
/// IP_PMTUDISC_PROBE).
Result<> never_fragment(int socket);

}  // namespace kgnode::sys
