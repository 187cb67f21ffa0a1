/// The kernel's audit subsystem over NETLINK_AUDIT.
#include "agent/sys/audit.hpp"

#include <linux/audit.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <format>
#include <functional>
#include <optional>
#include <string_view>

#include "agent/base/unique_fd.hpp"
#include "agent/sys/sha256.hpp"

namespace kgnode::sys {
namespace {

constexpr std::size_t kBuffer = std::size_t{16} << 10;  // a rule is 1 KiB and its texts
constexpr std::size_t kMostRules = 4096;
constexpr timeval kPatience{.tv_sec = 2, .tv_usec = 0};
/// Of struct audit_rule_data, whose last member has no size.
constexpr std::size_t kFixedPart = offsetof(audit_rule_data, buf);

using Message = std::function<void(const nlmsghdr&, std::span<const std::byte>)>;

/// The answer comes from a thread of the kernel, before or after the acknowledgement.
class AuditSocket {
 public:
  static Result<AuditSocket> open() {
    UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT));
    if (!fd) return fail(Error::from_errno("open a socket to the kernel's audit"));
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience)) < 0)
      return fail(Error::from_errno("limit the wait for the kernel's audit"));
    return AuditSocket(std::move(fd));
  }

  Result<> ask(std::uint16_t type) {
    nlmsghdr request{.nlmsg_len = NLMSG_LENGTH(0),
                     .nlmsg_type = type,
                     .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
                     .nlmsg_seq = ++sequence_,
                     .nlmsg_pid = 0};
    const auto sent = ::send(fd_.get(), &request, sizeof(request), 0);
    if (sent != static_cast<ssize_t>(sizeof(request)))
      return fail(Error::from_errno("ask the kernel's audit"));
    return {};
  }

  /// One datagram; false for one of another question.
  Result<bool> receive(const Message& visit) {
    const auto length = ::recv(fd_.get(), buffer_.data(), buffer_.size(), 0);
    if (length < 0) return fail(Error::from_errno("read what the kernel's audit answers"));
    nlmsghdr header{};
    const auto size = static_cast<std::size_t>(length);
    if (size < sizeof(header)) return fail(Error::plain("the kernel's audit answers too little"));
    std::memcpy(&header, buffer_.data(), sizeof(header));
    if (header.nlmsg_seq != sequence_) return false;
    // The kernel leaves the header out of the length of some of these.
    visit(header, std::span(buffer_).subspan(sizeof(header), size - sizeof(header)));
    return true;
  }

 private:
  explicit AuditSocket(UniqueFd fd) : fd_(std::move(fd)), buffer_(kBuffer) {}
  UniqueFd fd_;
  std::uint32_t sequence_ = 0;
  std::vector<std::byte> buffer_;
};

template <class T>
T value_at(std::span<const std::byte> bytes, std::size_t offset) {
  T value{};
  if (offset + sizeof(T) <= bytes.size()) std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

/// Each answer of the type, until the kernel says that these were all.
Result<> read_answers(AuditSocket& socket, std::uint16_t type, bool only_one,
                      const std::function<void(std::span<const std::byte>)>& take) {
  int refused = 0;
  bool acknowledged = false;
  bool ended = false;
  std::size_t taken = 0;
  const Message visit = [&refused, &acknowledged, &ended, &taken, type, &take](
                            const nlmsghdr& header, std::span<const std::byte> payload) {
    if (header.nlmsg_type == NLMSG_ERROR) {
      refused = -value_at<int>(payload, 0);
      acknowledged = true;
    } else if (header.nlmsg_type == NLMSG_DONE) {
      ended = true;
    } else if (header.nlmsg_type == type) {
      take(payload);
      ++taken;
    }
  };
  while (!acknowledged || !(only_one ? taken > 0 : ended)) {
    if (taken > kMostRules) return fail(Error::plain("the kernel's audit has no end of rules"));
    (void)TRY(socket.receive(visit));  // one of another question is passed over
    if (refused != 0) return fail(Error::from_errno("ask the kernel's audit", refused));
  }
  return {};
}

Result<AuditStatus> read_status(AuditSocket& socket) {
  AuditStatus status;
  if (auto asked = socket.ask(AUDIT_GET); !asked) return fail(std::move(asked).error());
  const auto take = [&status](std::span<const std::byte> payload) {
    status = {
        .enabled = value_at<std::uint32_t>(payload, offsetof(audit_status, enabled)),
        .daemon = value_at<std::uint32_t>(payload, offsetof(audit_status, pid)),
        .backlog_limit = value_at<std::uint32_t>(payload, offsetof(audit_status, backlog_limit)),
        .backlog = value_at<std::uint32_t>(payload, offsetof(audit_status, backlog)),
        .lost = value_at<std::uint32_t>(payload, offsetof(audit_status, lost))};
  };
  if (auto read = read_answers(socket, AUDIT_GET, true, take); !read)
    return fail(std::move(read).error());
  return status;
}

Result<AuditRules> read_rules(AuditSocket& socket) {
  std::vector<std::string> rules;
  if (auto asked = socket.ask(AUDIT_LIST_RULES); !asked) return fail(std::move(asked).error());
  const auto take = [&rules](std::span<const std::byte> payload) {
    std::string bytes(payload.size(), '\0');
    std::memcpy(bytes.data(), payload.data(), payload.size());
    rules.push_back(std::move(bytes));
  };
  if (auto read = read_answers(socket, AUDIT_LIST_RULES, false, take); !read)
    return fail(std::move(read).error());
  return summarize_audit_rules(std::move(rules));
}

/// Fields whose value is the length of a text in the buffer, in the order of the fields.
bool has_text(std::uint32_t field) {
  constexpr std::array<std::uint32_t, 14> kWithText{
      AUDIT_SUBJ_USER, AUDIT_SUBJ_ROLE, AUDIT_SUBJ_TYPE, AUDIT_SUBJ_SEN,    AUDIT_SUBJ_CLR,
      AUDIT_OBJ_USER,  AUDIT_OBJ_ROLE,  AUDIT_OBJ_TYPE,  AUDIT_OBJ_LEV_LOW, AUDIT_OBJ_LEV_HIGH,
      AUDIT_WATCH,     AUDIT_DIR,       AUDIT_FILTERKEY, AUDIT_EXE};
  return std::ranges::contains(kWithText, field);
}

}  // namespace

std::optional<std::string> parse_audit_rule_key(std::span<const std::byte> rule) {
  if (rule.size() < kFixedPart) return std::nullopt;
  const auto count = value_at<std::uint32_t>(rule, offsetof(audit_rule_data, field_count));
  if (count > AUDIT_MAX_FIELDS) return std::nullopt;
  std::size_t at = kFixedPart;
  for (std::uint32_t index = 0; index < count; ++index) {
    const auto offset = index * sizeof(std::uint32_t);
    const auto field = value_at<std::uint32_t>(rule, offsetof(audit_rule_data, fields) + offset);
    if (!has_text(field)) continue;
    const std::size_t length =
        value_at<std::uint32_t>(rule, offsetof(audit_rule_data, values) + offset);
    if (length > rule.size() - at) return std::nullopt;
    if (field == AUDIT_FILTERKEY) {
      std::string key(length, '\0');
      std::memcpy(key.data(), rule.data() + at, length);
      return key;
    }
    at += length;
  }
  return "";
}

AuditRules summarize_audit_rules(std::vector<std::string> rules) {
  std::ranges::sort(rules);
  AuditRules seen;
  std::string all;
  for (const auto& rule : rules) {
    ++seen.keys[parse_audit_rule_key(std::as_bytes(std::span(rule))).value_or("")];
    all += std::format("{}:", rule.size()) + rule;
  }
  seen.hash = sha256_hex(all);
  return seen;
}

Result<AuditSeen> read_audit() {
  auto socket = AuditSocket::open();
  if (!socket) {
    if (socket.error().code() == std::errc::protocol_not_supported)
      return AuditSeen{.access = AuditAccess::none};
    return fail(std::move(socket).error());
  }
  const auto status = read_status(*socket);
  if (!status) {
    // Not in the first namespaces, or without the right to.
    const auto& code = status.error().code();
    if (code == std::errc::operation_not_permitted || code == std::errc::connection_refused)
      return AuditSeen{.access = AuditAccess::closed};
    return fail(Error(status.error()));
  }
  return AuditSeen{.status = *status, .rules = TRY(read_rules(*socket))};
}

}  // namespace kgnode::sys
