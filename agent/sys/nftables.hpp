#pragma once
/// nftables tables as values, and the few verbs this program needs of the kernel.
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::sys::nft {

using Raw = std::vector<std::uint8_t>;

/// Expressions as the kernel has them; all work on one register.
enum class Field : std::uint8_t { in_interface, out_interface, family, protocol };
enum class Header : std::uint8_t { network, transport };
enum class Track : std::uint8_t { state, direction, status };
enum class Compare : std::uint8_t { equal, not_equal, less, greater };

struct Meta {
  Field field;
  bool operator==(const Meta&) const = default;
};
struct Payload {
  Header header;
  std::uint32_t offset;
  std::uint32_t length;
  bool operator==(const Payload&) const = default;
};
struct Ct {
  Track field;
  bool operator==(const Ct&) const = default;
};
/// The interface the kernel would use to reach the source, or 0 when that is not the one it came
/// by.
struct ReversePath {
  bool operator==(const ReversePath&) const = default;
};
/// The byte of the IPv6 fragment header whose lowest bit says that more fragments follow.
struct FragmentFlags {
  bool operator==(const FragmentFlags&) const = default;
};
struct Mask {
  Raw mask;
  bool operator==(const Mask&) const = default;
};
struct Cmp {
  Compare how;
  Raw value;
  bool operator==(const Cmp&) const = default;
};
struct Range {
  Raw first;
  Raw last;
  bool operator==(const Range&) const = default;
};
struct Lookup {
  std::string set;
  bool negate = false;
  bool operator==(const Lookup&) const = default;
};
struct Limit {
  std::uint64_t rate = 1;
  std::chrono::seconds per{1};
  std::uint32_t burst = 5;
  bool over = false;  // matches what exceeds the rate
  bool operator==(const Limit&) const = default;
};
/// One limit for each value of the register, kept in a dynamic set.
struct Meter {
  std::string set;
  Limit limit;
  bool operator==(const Meter&) const = default;
};
struct Counter {
  bool operator==(const Counter&) const = default;
};
struct Log {
  std::string prefix;
  bool operator==(const Log&) const = default;
};
enum class Action : std::uint8_t { accept, drop, jump };
struct Verdict {
  Action action;
  std::string chain;
  bool operator==(const Verdict&) const = default;
};

using Expression = std::variant<Meta, Payload, Ct, ReversePath, FragmentFlags, Mask, Cmp, Range,
                                Lookup, Limit, Meter, Counter, Log, Verdict>;

struct Rule {
  std::string chain;
  std::string comment;  // ours: the id of the rule
  std::vector<Expression> expressions;
  bool operator==(const Rule&) const = default;
};

enum class Hook : std::uint8_t { none, prerouting, input, forward };

struct Chain {
  std::string name;
  Hook hook = Hook::none;
  int priority = 0;
  bool drop = false;  // policy of a base chain
  bool operator==(const Chain&) const = default;
};

enum class Key : std::uint8_t { ipv4, ipv6, interface };

struct Element {
  Raw key;
  bool interval_end = false;             // the first key after a range
  std::chrono::milliseconds timeout{0};  // 0: for ever
  bool operator==(const Element&) const = default;
};

struct Set {
  std::string name;
  Key key = Key::ipv4;
  bool interval = false;
  bool timeouts = false;
  bool dynamic = false;   // filled by the packet path
  bool constant = false;  // nobody can change it once a rule uses it
  bool keep = false;      // stays as it is, elements and all, when a table is replaced
  std::uint32_t size = 0;
  std::chrono::milliseconds timeout{0};
  std::vector<Element> elements;
  bool operator==(const Set&) const = default;
};

/// A table of the inet family.
struct Table {
  std::string name;
  std::vector<Set> sets;
  std::vector<Chain> chains;
  std::vector<Rule> rules;
  bool operator==(const Table&) const = default;
};

}  // namespace kgnode::sys::nft

namespace kgnode::sys {

enum class TableOwner : std::uint8_t { nobody, we, another };

struct TableState {
  bool present = false;
  TableOwner owner = TableOwner::nobody;
  /// Of everything but counters, the elements of sets and who owns the table; any edit of table,
  /// chain, set or rule gives another one.
  std::uint64_t digest = 0;
  /// Of the sets that others fill: another one when such a set was made anew, and so is empty.
  std::uint64_t filled_sets = 0;
  bool operator==(const TableState&) const = default;
};

enum class Change : std::uint8_t {
  add,     // an element that is there may keep the timeout it has (kernels before 6.12)
  put,     // with this timeout, whether it is there or not
  remove,  // whether it is there or not
  clear,   // everything in the set
};

struct ElementEdit {
  std::string set;
  Change change = Change::add;
  std::vector<nft::Element> elements;  // none twice
  bool operator==(const ElementEdit&) const = default;
};

struct DropCount {
  std::string rule;
  std::uint64_t packets = 0;
  bool operator==(const DropCount&) const = default;
};

class Nftables {
 public:
  virtual ~Nftables() = default;

  virtual Result<TableState> inspect(std::string_view table) = 0;
  /// The whole table in one transaction: rules swap in one instant, base chains stay hooked, sets
  /// marked `keep` keep their elements. No other table is touched. Gives the state after it.
  virtual Result<TableState> replace(const nft::Table& table) = 0;
  /// Absent is fine; a table that another running process owns is an error.
  virtual Result<> remove(std::string_view table) = 0;
  /// Elements of kept sets, in one transaction: all of it or nothing. A few thousand elements at
  /// once; doing it again changes nothing.
  virtual Result<> edit(std::string_view table, std::span<const ElementEdit> edits) = 0;
  /// Elements of a set with the time they have left; ranges are sorted and whole. Costs more than
  /// linear time: for sets whose content is not known otherwise.
  virtual Result<std::vector<nft::Element>> list_elements(std::string_view table,
                                                          const std::string& set) = 0;
  /// What rules that drop have counted since they were loaded, by their comment.
  virtual Result<std::vector<DropCount>> count_drops(std::string_view table) = 0;
};

}  // namespace kgnode::sys
