/// Reads the dumps of nf_tables. Attributes are read here and not by libnftnl, because the digest
/// needs the kernel's own bytes.
#include "agent/sys/nftables_dump.hpp"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/udata.h>

#include "agent/sys/netlink_attributes.hpp"

namespace kgnode::sys {
namespace {

constexpr std::size_t kScratch = 4096;
constexpr unsigned kTableAttribute = 1;  // NFTA_*_TABLE is 1 in every kind of object

/// FNV-1a: it tells edits apart, it does not withstand a forger (who is root and needs none).
class Digest {
 public:
  Digest() = default;
  explicit Digest(std::uint64_t so_far) : value_(so_far) {}
  void add(const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    for (std::size_t i = 0; i < size; ++i) value_ = (value_ ^ bytes[i]) * 0x100000001b3U;
  }
  void add(const nlattr& attribute) { add(&attribute, mnl_attr_get_len(&attribute)); }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

const nlattr* find(const nlmsghdr& message, unsigned type) {
  const nlattr* found = nullptr;
  for_each_attribute(message, sizeof(nfgenmsg), [&found, type](const nlattr& attribute) {
    if (mnl_attr_get_type(&attribute) == type) found = &attribute;
  });
  return found;
}

const nlattr* find(const nlattr& parent, unsigned type) {
  const nlattr* found = nullptr;
  for_each_attribute(parent, [&found, type](const nlattr& attribute) {
    if (mnl_attr_get_type(&attribute) == type) found = &attribute;
  });
  return found;
}

template <class Parent>
std::uint32_t read_u32(const Parent& parent, unsigned type) {
  const auto* attribute = find(parent, type);
  return attribute == nullptr ? 0 : ntohl(mnl_attr_get_u32(attribute));
}

template <class Parent>
std::uint64_t read_u64(const Parent& parent, unsigned type) {
  const auto* attribute = find(parent, type);
  return attribute == nullptr ? 0 : __builtin_bswap64(mnl_attr_get_u64(attribute));
}

std::string read_name(const nlmsghdr& message, unsigned type) {
  const auto* attribute = find(message, type);
  return attribute == nullptr ? std::string{} : mnl_attr_get_str(attribute);
}

/// Everything of a rule but the packets it has counted.
void add_expressions(Digest& digest, const nlattr& expressions) {
  for_each_attribute(expressions, [&digest](const nlattr& item) {
    const auto* name = find(item, NFTA_EXPR_NAME);
    if (name != nullptr && std::string_view(mnl_attr_get_str(name)) == "counter") {
      digest.add(*name);
    } else {
      digest.add(item);
    }
  });
}

/// Named attributes only: others count packets or elements, or come with a newer kernel.
void add_attributes(Digest& digest, const nlmsghdr& message,
                    std::initializer_list<unsigned> types) {
  for (const auto type : types) {
    if (const auto* attribute = find(message, type)) digest.add(*attribute);
  }
}

/// Handles are never used twice: those of tables in the life of a kernel, those of sets in that of
/// a table.
void add_handle(std::uint64_t& so_far, const nlmsghdr& message, unsigned type) {
  Digest digest(so_far);
  add_attributes(digest, message, {type});
  so_far = digest.value();
}

void read_table(DumpedTable& out, Digest& digest, const nlmsghdr& message) {
  add_handle(out.filled_sets, message, NFTA_TABLE_HANDLE);
  out.flags = read_u32(message, NFTA_TABLE_FLAGS);
  out.owner_port = read_u32(message, NFTA_TABLE_OWNER);
  // The kernel takes the owner flag away when the owner's socket closes: that is no edit.
  const auto flags = out.flags & ~std::uint32_t{NFT_TABLE_F_OWNER};
  digest.add(&flags, sizeof flags);
  add_attributes(digest, message, {NFTA_TABLE_NAME, NFTA_TABLE_HANDLE});
}

nft::Hook hook_of(std::uint32_t number) {
  if (number == NF_INET_LOCAL_IN) return nft::Hook::input;
  if (number == NF_INET_FORWARD) return nft::Hook::forward;
  return number == NF_INET_PRE_ROUTING ? nft::Hook::prerouting : nft::Hook::none;
}

void read_chain(DumpedTable& out, Digest& digest, const nlmsghdr& message) {
  nft::Chain chain{.name = read_name(message, NFTA_CHAIN_NAME)};
  if (const auto* hook = find(message, NFTA_CHAIN_HOOK)) {
    chain.hook = hook_of(read_u32(*hook, NFTA_HOOK_HOOKNUM));
    chain.priority = static_cast<int>(read_u32(*hook, NFTA_HOOK_PRIORITY));
    chain.drop = read_u32(message, NFTA_CHAIN_POLICY) == NF_DROP;
  }
  out.chains.push_back(std::move(chain));
  add_attributes(digest, message,
                 {NFTA_CHAIN_NAME, NFTA_CHAIN_HANDLE, NFTA_CHAIN_HOOK, NFTA_CHAIN_POLICY,
                  NFTA_CHAIN_TYPE, NFTA_CHAIN_FLAGS});
}

void read_rule(DumpedTable& out, Digest& digest, const nlmsghdr& message) {
  ++out.rules;
  add_attributes(digest, message, {NFTA_RULE_CHAIN, NFTA_RULE_HANDLE, NFTA_RULE_USERDATA});
  if (const auto* expressions = find(message, NFTA_RULE_EXPRESSIONS))
    add_expressions(digest, *expressions);
}

void read_set(DumpedTable& out, Digest& digest, const nlmsghdr& message) {
  const auto flags = read_u32(message, NFTA_SET_FLAGS);
  const auto length = read_u32(message, NFTA_SET_KEY_LEN);
  nft::Set set{.name = read_name(message, NFTA_SET_NAME)};
  set.key = length == 4 ? nft::Key::ipv4 : nft::Key::ipv6;
  set.interval = (flags & NFT_SET_INTERVAL) != 0;
  set.timeouts = (flags & NFT_SET_TIMEOUT) != 0;
  set.dynamic = (flags & NFT_SET_EVAL) != 0;
  set.constant = (flags & NFT_SET_CONSTANT) != 0;
  set.timeout = std::chrono::milliseconds(read_u64(message, NFTA_SET_TIMEOUT));
  if (const auto* description = find(message, NFTA_SET_DESC))
    set.size = read_u32(*description, NFTA_SET_DESC_SIZE);
  if (set.timeouts && !set.dynamic) add_handle(out.filled_sets, message, NFTA_SET_HANDLE);
  out.sets.push_back({std::move(set), (flags & NFT_SET_ANONYMOUS) != 0});
  add_attributes(digest, message,
                 {NFTA_SET_NAME, NFTA_SET_HANDLE, NFTA_SET_FLAGS, NFTA_SET_KEY_TYPE,
                  NFTA_SET_KEY_LEN, NFTA_SET_TIMEOUT});
}

nlmsghdr* start(std::array<char, kScratch>& scratch, std::uint16_t type, std::uint16_t flags,
                std::string_view table) {
  auto* message = nftnl_nlmsg_build_hdr(scratch.data(), type, NFPROTO_INET, flags, 0);
  mnl_attr_put_strz(message, kTableAttribute, std::string(table).c_str());
  return message;
}

using Read = void (*)(DumpedTable&, Digest&, const nlmsghdr&);

struct Round {
  std::uint16_t type;
  std::uint16_t flags;
  Read read;
};
// In this order the digest depends on the order of rules too.
constexpr std::array kRounds = {
    Round{NFT_MSG_GETTABLE, 0, read_table}, Round{NFT_MSG_GETCHAIN, NLM_F_DUMP, read_chain},
    Round{NFT_MSG_GETSET, NLM_F_DUMP, read_set}, Round{NFT_MSG_GETRULE, NLM_F_DUMP, read_rule}};

/// The kernel filters dumps of rules and sets by table, not those of chains.
Result<> run_round(Netlink& netlink, std::string_view table, const Round& round, DumpedTable& out,
                   Digest& digest) {
  std::array<char, kScratch> scratch{};
  auto* message = start(scratch, round.type, round.flags, table);
  const DumpedTable out_before = out;
  const Digest digest_before = digest;
  return netlink.request(
      *message,
      [&out, &digest, &round, table](const nlmsghdr& answer) {
        if (is_about_table(answer, table)) round.read(out, digest, answer);
      },
      [&out, &digest, &out_before, &digest_before] {
        out = out_before;
        digest = digest_before;
      });
}

}  // namespace

bool is_about_table(const nlmsghdr& message, std::string_view table) {
  if ((message.nlmsg_type >> 8U) != NFNL_SUBSYS_NFTABLES) return false;
  if (message.nlmsg_len < mnl_nlmsg_size(sizeof(nfgenmsg))) return false;
  if (static_cast<const nfgenmsg*>(mnl_nlmsg_get_payload(&message))->nfgen_family != NFPROTO_INET)
    return false;
  const auto* name = find(message, kTableAttribute);
  return name != nullptr && mnl_attr_validate(name, MNL_TYPE_NUL_STRING) == 0 &&
         std::string_view(mnl_attr_get_str(name)) == table;
}

Result<std::optional<DumpedTable>> dump_table(Netlink& netlink, std::string_view table) {
  DumpedTable out;
  Digest digest;
  for (const auto& round : kRounds) {
    auto done = run_round(netlink, table, round, out, digest);
    if (!done && done.error().code() == std::errc::no_such_file_or_directory) return std::nullopt;
    if (!done) return fail(std::move(done).error());
  }
  out.digest = digest.value();
  return out;
}

namespace {

void read_elements(std::vector<nft::Element>& out, const nlmsghdr& message) {
  const auto* list = find(message, NFTA_SET_ELEM_LIST_ELEMENTS);
  if (list == nullptr) return;
  for_each_attribute(*list, [&out](const nlattr& item) {
    const auto* key = find(item, NFTA_SET_ELEM_KEY);
    const auto* value = key == nullptr ? nullptr : find(*key, NFTA_DATA_VALUE);
    if (value == nullptr) return;
    const auto* bytes = static_cast<const std::uint8_t*>(mnl_attr_get_payload(value));
    auto left = read_u64(item, NFTA_SET_ELEM_EXPIRATION);
    if (left == 0) left = read_u64(item, NFTA_SET_ELEM_TIMEOUT);
    const auto flags = read_u32(item, NFTA_SET_ELEM_FLAGS);
    out.push_back({.key = {bytes, bytes + mnl_attr_get_payload_len(value)},
                   .interval_end = (flags & NFT_SET_ELEM_INTERVAL_END) != 0,
                   .timeout = std::chrono::milliseconds(left)});
  });
}

/// What is left of ranges whose start has expired: the kernel shows their ends until it clears up.
void drop_lone_ends(std::vector<nft::Element>& elements) {
  // The end of one comes before the start of the next.
  std::ranges::sort(elements, {}, [](const auto& e) { return std::pair(e.key, !e.interval_end); });
  bool is_open = false;
  std::erase_if(elements, [&is_open](const nft::Element& element) {
    const bool is_lone = element.interval_end && !is_open;
    is_open = !element.interval_end;
    return is_lone;
  });
}

}  // namespace

Result<std::vector<nft::Element>> dump_elements(Netlink& netlink, std::string_view table,
                                                const std::string& set) {
  std::vector<nft::Element> out;
  std::array<char, kScratch> scratch{};
  auto* message = start(scratch, NFT_MSG_GETSETELEM, NLM_F_DUMP, table);
  mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set.c_str());
  TRY(netlink.request(
      *message, [&out](const nlmsghdr& answer) { read_elements(out, answer); },
      [&out] { out.clear(); }));
  if (std::ranges::contains(out, true, &nft::Element::interval_end)) drop_lone_ends(out);
  return out;
}

namespace {

/// Of user data: one octet says what, one how long it is.
std::string read_comment(const nlmsghdr& message) {
  const auto* data = find(message, NFTA_RULE_USERDATA);
  if (data == nullptr) return {};
  std::string_view bytes(static_cast<const char*>(mnl_attr_get_payload(data)),
                         mnl_attr_get_payload_len(data));
  while (bytes.size() >= 2) {
    const auto length = static_cast<unsigned char>(bytes[1]);
    const auto value = bytes.substr(2, length);
    if (bytes[0] == NFTNL_UDATA_RULE_COMMENT) return std::string(value.substr(0, value.find('\0')));
    bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 2U + length));
  }
  return {};
}

struct Counted {
  std::optional<std::uint64_t> packets;
  bool drops = false;
};

bool is_drop(const nlattr& data) {
  const auto* value = find(data, NFTA_IMMEDIATE_DATA);
  const auto* verdict = value == nullptr ? nullptr : find(*value, NFTA_DATA_VERDICT);
  const auto* code = verdict == nullptr ? nullptr : find(*verdict, NFTA_VERDICT_CODE);
  return code != nullptr && ntohl(mnl_attr_get_u32(code)) == NF_DROP;
}

Counted read_counted(const nlattr& expressions) {
  Counted counted;
  for_each_attribute(expressions, [&counted](const nlattr& item) {
    const auto* name = find(item, NFTA_EXPR_NAME);
    const auto* data = find(item, NFTA_EXPR_DATA);
    if (name == nullptr || data == nullptr) return;
    const std::string_view kind = mnl_attr_get_str(name);
    if (kind == "counter") counted.packets = read_u64(*data, NFTA_COUNTER_PACKETS);
    if (kind == "immediate" && is_drop(*data)) counted.drops = true;
  });
  return counted;
}

void read_drop(std::vector<DropCount>& out, const nlmsghdr& message) {
  const auto* expressions = find(message, NFTA_RULE_EXPRESSIONS);
  if (expressions == nullptr) return;
  const auto counted = read_counted(*expressions);
  auto comment = read_comment(message);
  if (counted.drops && counted.packets && !comment.empty())
    out.push_back({std::move(comment), *counted.packets});
}

}  // namespace

Result<std::vector<DropCount>> dump_drops(Netlink& netlink, std::string_view table) {
  std::vector<DropCount> out;
  std::array<char, kScratch> scratch{};
  // A dump of the rules of no table is empty, which is not an error.
  TRY(netlink.request(*start(scratch, NFT_MSG_GETTABLE, 0, table), [](const nlmsghdr&) {}, [] {}));
  TRY(netlink.request(
      *start(scratch, NFT_MSG_GETRULE, NLM_F_DUMP, table),
      [&out, table](const nlmsghdr& answer) {
        if (is_about_table(answer, table)) read_drop(out, answer);
      },
      [&out] { out.clear(); }));
  return out;
}

}  // namespace kgnode::sys
