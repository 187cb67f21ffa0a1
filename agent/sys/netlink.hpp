#pragma once
/// A netlink socket: batches that the kernel takes whole or not at all, dumps, notifications.
#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/unique_fd.hpp"

namespace kgnode::sys {

/// Messages for one transaction, each with a name for the error text.
class NetlinkBatch {
 public:
  /// Takes a finished message, sets its sequence number and asks for its acknowledgement.
  void add(nlmsghdr& message, std::string what);
  /// Like add, for messages that the kernel never acknowledges (begin and end of a batch).
  void add_marker(nlmsghdr& message);

  std::span<const std::byte> bytes() const { return bytes_; }
  std::size_t size() const { return names_.size(); }
  const std::string& name(std::size_t index) const { return names_[index]; }

 private:
  void append(const nlmsghdr& message);

  std::vector<std::byte> bytes_;
  std::vector<std::string> names_;
};

class Netlink {
 public:
  /// `protocol` is NETLINK_NETFILTER and the like. Never blocks.
  static Result<Netlink> open(int protocol);

  /// Our address: the kernel names it as the owner of a table and in notifications.
  std::uint32_t port() const { return port_; }
  int fd() const { return fd_.get(); }

  /// Sends the batch in one write and reads one answer for each message. The kernel works inside
  /// the write, so all answers are there when it returns. The error names the message refused.
  Result<> commit(const NetlinkBatch& batch);

  using Visit = std::function<void(const nlmsghdr&)>;
  /// A dump, or one object. Asks again when the kernel says that the answer is not of one moment
  /// (NLM_F_DUMP_INTR) or that answers were lost: `restart` is called before each further round.
  Result<> request(nlmsghdr& message, const Visit& visit, const std::function<void()>& restart);

  Result<> join(unsigned group);
  /// Notifications of what that port did are not even queued: thousands of set elements of our own
  /// would push out the one of somebody else.
  Result<> ignore_port(std::uint32_t port);
  /// Calls `visit` for every notification waiting; true when some were lost (ENOBUFS).
  Result<bool> drain(const Visit& visit);

 private:
  enum class Round : std::uint8_t { done, interrupted };

  Netlink(UniqueFd fd, std::uint32_t port) : fd_(std::move(fd)), port_(port) {}
  Result<> send(std::span<const std::byte> bytes);
  Result<std::span<const std::byte>> receive();
  Result<Round> ask(nlmsghdr& message, const Visit& visit);
  Result<Round> read_round(std::uint32_t sequence, const Visit& visit);

  UniqueFd fd_;
  std::uint32_t port_ = 0;
  std::uint32_t sequence_ = 0;
  std::vector<std::byte> buffer_;
};

}  // namespace kgnode::sys
