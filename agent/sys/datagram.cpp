/// Questions and answers of one datagram each.
#include "agent/sys/datagram.hpp"

#include <poll.h>

#include <algorithm>
#include <array>

#include "agent/base/unique_fd.hpp"
#include "agent/sys/socket_address.hpp"

namespace kgnode::sys {
namespace {

constexpr std::chrono::milliseconds kAgain{300};  // a lost datagram is asked for again
constexpr int kBurst = 64;                        // and then the loop has its turn

struct Datagram {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  std::array<char, kDatagramLimit> bytes{};
  ssize_t length = -1;

  std::string_view view() const { return {bytes.data(), static_cast<std::size_t>(length)}; }
};

Datagram receive(int socket) {
  Datagram datagram;
  // With MSG_TRUNC the true length is told, so that one that was too long is not taken for whole.
  datagram.length =
      ::recvfrom(socket, datagram.bytes.data(), datagram.bytes.size(), MSG_DONTWAIT | MSG_TRUNC,
                 reinterpret_cast<sockaddr*>(&datagram.from), &datagram.size);
  return datagram;
}

bool is_whole(const Datagram& datagram) {
  return datagram.length <= static_cast<ssize_t>(datagram.bytes.size());
}

}  // namespace

std::vector<std::optional<std::string>> ask_all(const Address& from, std::span<const Address> to,
                                                std::uint16_t port, std::string_view question,
                                                std::chrono::milliseconds limit,
                                                const TakeDatagram& take) {
  std::vector<std::optional<std::string>> answers(to.size());
  const UniqueFd socket(::socket(family_of(from), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto source = to_socket_address(from, 0);
  if (!socket || ::bind(socket.get(), source.get(), source.size) < 0) return answers;
  const auto end = std::chrono::steady_clock::now() + limit;
  auto again = std::chrono::steady_clock::now();
  const auto is_open = [](const std::optional<std::string>& answer) { return !answer; };
  while (std::ranges::any_of(answers, is_open)) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) break;
    for (std::size_t i = 0; now >= again && i < to.size(); ++i) {
      const auto target = to_socket_address(to[i], port);
      if (!answers[i])
        (void)::sendto(socket.get(), question.data(), question.size(), 0, target.get(),
                       target.size);
    }
    if (now >= again) again = now + kAgain;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::min(end, again) - now);
    pollfd waiting{socket.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) continue;
    const auto datagram = receive(socket.get());
    if (datagram.length < 0 || !is_whole(datagram)) continue;
    const auto sender = to_address(datagram.from);
    const auto found = sender ? std::ranges::find(to, *sender) : to.end();
    if (found == to.end()) continue;
    const auto index = static_cast<std::size_t>(found - to.begin());
    if (!answers[index]) answers[index] = take(index, datagram.view());
  }
  return answers;
}

void answer_datagrams(int socket, const AnswerDatagram& answer) {
  for (int i = 0; i < kBurst; ++i) {
    const auto datagram = receive(socket);
    if (datagram.length < 0) return;
    const auto sender = to_address(datagram.from);
    if (!sender || !is_whole(datagram)) continue;
    const auto reply = answer(*sender, datagram.view());
    if (reply)
      (void)::sendto(socket, reply->data(), reply->size(), MSG_DONTWAIT,
                     reinterpret_cast<const sockaddr*>(&datagram.from), datagram.size);
  }
}

}  // namespace kgnode::sys
