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

namespace kgnode::sys {

constexpr std::size_t kDatagramLimit = 1200;  // fits every path that IPv6 may take

/// What one of those asked may have meant; nullopt: not taken, as if nothing had come.
using TakeDatagram =
    std::function<std::optional<std::string>(std::size_t index, std::string_view bytes)>;

/// Asks all of them from the address `from`, each again until it answers or the time is over.
/// An answer counts only from the address that was asked.
std::vector<std::optional<std::string>> ask_all(const Address& from, std::span<const Address> to,
                                                std::uint16_t port, std::string_view question,
                                                std::chrono::milliseconds limit,
                                                const TakeDatagram& take);

/// Reads all that has come to the socket and sends what `answer` gives for it; it gives nothing
/// for what is to be left without one.
using AnswerDatagram =
    std::function<std::optional<std::string>(const Address& from, std::string_view bytes)>;
void answer_datagrams(int socket, const AnswerDatagram& answer);

}  // namespace kgnode::sys
