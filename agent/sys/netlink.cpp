/// A netlink socket over libmnl's message format.
#include "agent/sys/netlink.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <format>
#include <optional>

#include <libmnl/libmnl.h>

#include "agent/sys/netlink_attributes.hpp"

namespace kgnode::sys {
namespace {

// One transaction is one message to the socket: 100 000 set elements need about 6 MiB, and
// kube-proxy alone can put megabytes of notifications into the queue at once.
constexpr int kSocketBuffer = 8 << 20;
// The kernel fills at most 32 KiB for a dump, and an error echoes no payload (NETLINK_CAP_ACK).
constexpr std::size_t kReceiveBuffer = std::size_t{256} << 10;
constexpr int kAttempts = 5;

Result<> set_option(int fd, int level, int option, int value, std::string_view name) {
  if (::setsockopt(fd, level, option, &value, sizeof value) < 0)
    return fail(Error::from_errno(std::format("set netlink socket option {}", name)));
  return {};
}

Result<> configure(int fd) {
  TRY(set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, kSocketBuffer, "SO_SNDBUFFORCE"));
  TRY(set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, kSocketBuffer, "SO_RCVBUFFORCE"));
  TRY(set_option(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1, "NETLINK_CAP_ACK"));
  return set_option(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1, "NETLINK_EXT_ACK");
}

/// The kernel's own words about a refused message, when it has some.
std::string kernel_text(const nlmsghdr& message) {
  if ((message.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
  const char* text = nullptr;
  for_each_attribute(message, sizeof(nlmsgerr), [&text](const nlattr& attribute) {
    if (mnl_attr_get_type(&attribute) == NLMSGERR_ATTR_MSG) text = mnl_attr_get_str(&attribute);
  });
  return text == nullptr ? std::string{} : std::format(" ({})", text);
}

int error_of(const nlmsghdr& message) {
  return static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(&message))->error;
}

}  // namespace

void NetlinkBatch::append(const nlmsghdr& message) {
  const auto* raw = reinterpret_cast<const std::byte*>(&message);
  bytes_.insert(bytes_.end(), raw, raw + message.nlmsg_len);
  bytes_.resize((bytes_.size() + 3) & ~std::size_t{3});
}

void NetlinkBatch::add(nlmsghdr& message, std::string what) {
  // Sequence 0 is the markers'; a message is found again by its number.
  names_.push_back(std::move(what));
  message.nlmsg_seq = static_cast<std::uint32_t>(names_.size());
  message.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
  append(message);
}

void NetlinkBatch::add_marker(nlmsghdr& message) {
  message.nlmsg_seq = 0;
  append(message);
}

Result<Netlink> Netlink::open(int protocol) {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!fd) return fail(Error::from_errno("open netlink socket"));
  TRY(configure(fd.get()));
  sockaddr_nl address{.nl_family = AF_NETLINK};
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd.get(), generic, length) < 0 || ::getsockname(fd.get(), generic, &length) < 0)
    return fail(Error::from_errno("bind netlink socket"));
  return Netlink(std::move(fd), address.nl_pid);
}

Result<> Netlink::send(std::span<const std::byte> bytes) {
  sockaddr_nl kernel{.nl_family = AF_NETLINK};
  for (;;) {
    const auto sent = ::sendto(fd_.get(), bytes.data(), bytes.size(), 0,
                               reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    if (sent >= 0) return {};
    if (errno != EINTR) return fail(Error::from_errno("send to netlink"));
  }
}

/// Empty: nothing is waiting.
Result<std::span<const std::byte>> Netlink::receive() {
  buffer_.resize(kReceiveBuffer);
  for (;;) {
    sockaddr_nl from{};
    socklen_t length = sizeof from;
    const auto got = ::recvfrom(fd_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT | MSG_TRUNC,
                                reinterpret_cast<sockaddr*>(&from), &length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return std::span<const std::byte>{};
    if (got < 0) return fail(Error::from_errno("receive from netlink"));
    if (std::cmp_greater(got, buffer_.size()))
      return fail({std::errc::message_size, "receive from netlink"});
    // Any process may send to our address; only the kernel (port 0) is believed.
    if (from.nl_pid != 0) continue;
    return std::span<const std::byte>(buffer_).first(static_cast<std::size_t>(got));
  }
}

namespace {

template <class Visitor>
void for_each_message(std::span<const std::byte> bytes, const Visitor& visitor) {
  int left = static_cast<int>(bytes.size());
  const auto* message = reinterpret_cast<const nlmsghdr*>(bytes.data());
  for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) visitor(*message);
}

}  // namespace

namespace {

/// Answers to a batch: how many came, and the first refusal.
struct Answers {
  const NetlinkBatch& batch;
  std::size_t count = 0;
  std::optional<Error> refused;

  void take(const nlmsghdr& message) {
    if (message.nlmsg_type != NLMSG_ERROR) return;
    if (message.nlmsg_seq != 0) ++count;
    const int code = error_of(message);
    if (code == 0 || refused) return;
    const bool known = message.nlmsg_seq > 0 && message.nlmsg_seq <= batch.size();
    const std::string what = known ? batch.name(message.nlmsg_seq - 1) : "the transaction";
    refused = Error::from_errno(what + kernel_text(message), code);
  }
};

/// Answers to one request.
struct Replies {
  std::uint32_t sequence;
  const Netlink::Visit& visit;
  bool interrupted = false;
  bool finished = false;
  std::optional<Error> refused;

  void take(const nlmsghdr& message) {
    if (message.nlmsg_seq != sequence) return;
    if ((message.nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted = true;
    if (message.nlmsg_type >= NLMSG_MIN_TYPE) visit(message);
    if (message.nlmsg_type == NLMSG_DONE) finished = true;
    if (message.nlmsg_type != NLMSG_ERROR) return;
    finished = true;
    if (const int code = error_of(message); code == -EINTR) {
      interrupted = true;
    } else if (code != 0) {
      refused = Error::from_errno("netlink request" + kernel_text(message), code);
    }
  }
};

}  // namespace

Result<> Netlink::commit(const NetlinkBatch& batch) {
  (void)TRY(drain([](const nlmsghdr&) {}));  // answers to an earlier request that was given up
  TRY(send(batch.bytes()));
  Answers answers{.batch = batch};
  for (auto bytes = TRY(receive()); !bytes.empty(); bytes = TRY(receive()))
    for_each_message(bytes, [&answers](const nlmsghdr& message) { answers.take(message); });
  if (answers.refused) return fail(*std::move(answers.refused));
  if (answers.count < batch.size()) {
    return fail(
        {std::errc::no_buffer_space, std::format("{} of {} answers from netlink are missing",
                                                 batch.size() - answers.count, batch.size())});
  }
  return {};
}

Result<Netlink::Round> Netlink::read_round(std::uint32_t sequence, const Visit& visit) {
  Replies replies{.sequence = sequence, .visit = visit};
  while (!replies.finished) {
    auto bytes = receive();
    if (!bytes && bytes.error().code() == std::errc::no_buffer_space) return Round::interrupted;
    if (!bytes) return fail(std::move(bytes).error());
    if (bytes->empty()) break;  // the kernel answers inside our own calls: nothing else will come
    for_each_message(*bytes, [&replies](const nlmsghdr& message) { replies.take(message); });
  }
  if (replies.refused) return fail(*std::move(replies.refused));
  return replies.interrupted || !replies.finished ? Round::interrupted : Round::done;
}

Result<> Netlink::request(nlmsghdr& message, const Visit& visit,
                          const std::function<void()>& restart) {
  message.nlmsg_flags |= NLM_F_REQUEST;
  if ((message.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP) message.nlmsg_flags |= NLM_F_ACK;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0) restart();
    if (TRY(ask(message, visit)) == Round::done) return {};
  }
  return fail({std::errc::interrupted, "netlink dump kept changing while it was read"});
}

Result<Netlink::Round> Netlink::ask(nlmsghdr& message, const Visit& visit) {
  message.nlmsg_seq = ++sequence_;
  (void)TRY(drain([](const nlmsghdr&) {}));
  TRY(send({reinterpret_cast<const std::byte*>(&message), message.nlmsg_len}));
  return read_round(sequence_, visit);
}

Result<> Netlink::join(unsigned group) {
  return set_option(fd_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, static_cast<int>(group),
                    "NETLINK_ADD_MEMBERSHIP");
}

Result<> Netlink::ignore_port(std::uint32_t port) {
  // A queued buffer holds messages of one sender; its first header is at 0. BPF loads big-endian.
  std::array<sock_filter, 4> program = {
      {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(nlmsghdr, nlmsg_pid)),
       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port), 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
       BPF_STMT(BPF_RET | BPF_K, 0xffffffff)}};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  if (::setsockopt(fd_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0)
    return fail(Error::from_errno("set netlink socket option SO_ATTACH_FILTER"));
  return {};
}

Result<bool> Netlink::drain(const Visit& visit) {
  bool lost = false;
  for (;;) {
    auto bytes = receive();
    if (!bytes && bytes.error().code() == std::errc::no_buffer_space) {
      lost = true;
      continue;
    }
    if (!bytes) return fail(std::move(bytes).error());
    if (bytes->empty()) return lost;
    for_each_message(*bytes, visit);
  }
}

}  // namespace kgnode::sys
