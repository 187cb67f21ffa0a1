#pragma once
/// The nodes that this one has heard of: who is there, how each says it is, and how the way to it
/// is. Pure: time and datagrams come in as values, and what is to be sent goes out as values.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/peers/beacon.hpp"
#include "agent/peers/path_probe.hpp"

namespace kgnode::peers {

using Mono = std::chrono::steady_clock::time_point;
using Wall = std::chrono::system_clock::time_point;

/// When what came came, by both clocks.
struct Moment {
  Mono mono;
  Wall wall;
};

/// `unheard`: a server, or a node that a server told of, that never said a word to us. `suspect`:
/// asked again and again, and silent.
enum class State : std::uint8_t { unheard, alive, suspect, gone };
std::string_view to_string(State state);

constexpr std::chrono::seconds kInterval{5};  // between beacons
constexpr std::chrono::seconds kAskAfter{6};  // of silence: one beacon is missing
constexpr std::chrono::seconds kSuspectAfter{11};
constexpr std::chrono::seconds kGoneAfter{30};
constexpr std::chrono::hours kForgetAfter{24};
constexpr std::chrono::seconds kAgain{1};      // between questions that got no answer
constexpr std::chrono::minutes kTwinHolds{5};  // after the two were heard in turns
constexpr std::size_t kMostPeers = 8192;
constexpr std::size_t kNeighbours = 32;  // besides the servers, whom a node sends to

/// Another node, as its row in `kgnode cluster`.
struct Peer {
  Address address;
  State state = State::unheard;
  Report report;
  Wall wall;  // of its last beacon, by our clock
  std::optional<std::chrono::microseconds> round_trip;
  double loss = 0;                     // of what it sent us, 0..1, over about the last 64
  std::optional<std::size_t> largest;  // datagram that got through and was answered, in octets
  bool is_narrow = false;              // less than a datagram as large as the interface takes does
  std::optional<std::chrono::milliseconds> clock_ahead;  // its clock less ours
  std::optional<std::chrono::seconds> silent;            // nullopt: never heard
  std::optional<std::string> twin;  // the name of another machine that has its address
};

/// What is not as it should be with it, or with the way to it, in words; empty: all is well.
std::string why_of(const Peer& peer);

/// Why a datagram was not taken; each is counted.
enum class Verdict : std::uint8_t {
  taken,
  unproven,   // of a session that has not shown that it is now
  replayed,   // its number was there before
  misplaced,  // for somebody else, or from another address than it says
  full,       // one node too many
};

/// One datagram to send.
struct Outgoing {
  Address to;
  Beacon beacon;         // the table's part of it: report and bans are the caller's
  std::size_t size = 0;  // padded to; 0: as it comes
};

class PeerTable {
 public:
  struct Own {
    Address address;
    Prefix network;                // nobody outside of it is written to
    std::vector<Address> servers;  // may have our own among them
    bool is_server = false;
    std::size_t largest = 0;  // datagram that our interface takes, in octets of UDP payload
  };

  /// `session`, `secret`: not to be guessed, new with each start; `secret` makes cookies.
  PeerTable(std::int64_t session, std::string secret);

  /// May change while it runs; peers are kept.
  void set_own(Own own);

  Verdict take(const Beacon& beacon, const Address& source, std::size_t size, Moment now);
  /// The answer that the beacon just taken, or found unproven, is due.
  std::optional<Outgoing> answer(const Beacon& beacon, std::size_t size, Moment now);

  /// What is due now; with `changed` a beacon to everybody.
  std::vector<Outgoing> due(Moment now, bool changed);

  /// Ordered by address, without ourselves.
  std::vector<Peer> peers(Mono now) const;
  /// The same in short, for who looks often; valid until the table changes.
  struct Seen {
    Address address;
    State state = State::unheard;
    const Report* report = nullptr;
  };
  std::vector<Seen> seen(Mono now) const;
  std::optional<Peer> find(const Address& address, Mono now) const;

 private:
  struct Entry {
    Report report;
    bool is_heard = false;
    Mono heard;
    Wall heard_at;
    std::int64_t session = 0;
    std::int64_t before = 0;       // the session that it took the place of
    std::int64_t number = 0;       // of its last beacon
    unsigned epoch = 0;            // how many sessions of it were taken: an old one stays out
    std::int64_t pending = 0;      // a session that is still to show that it is now
    std::int64_t cookie_back = 0;  // what it gave us
    std::int64_t next_number = 1;  // of ours to it
    Mono sent;
    Mono asked;
    unsigned answers = 0;  // in the second that began at `answers_since`
    Mono answers_since;
    std::chrono::microseconds echo{0};
    Mono echo_came;
    std::optional<std::chrono::microseconds> round_trip;
    std::optional<std::chrono::milliseconds> clock_ahead;
    double loss = 0;
    std::string twin;
    std::optional<Mono> twin_heard;
    PathProbe probe;
  };

  static Peer to_peer(const Address& address, const Entry& entry, Mono now);
  bool is_now(const Beacon& beacon, const Entry& entry) const;
  void note(const Beacon& beacon, Entry& entry, Moment now);
  Outgoing make(const Address& to, Entry& entry, bool asks, Mono now) const;
  Outgoing make_probe(const Address& to, Entry& entry, std::size_t size, Mono now) const;
  std::int64_t cookie_for(const Address& address, std::int64_t session, unsigned epoch) const;
  std::vector<Address> targets(Mono now) const;
  std::vector<Address> neighbours_of(const Address& address, Mono now) const;
  Entry* find_or_add(const Address& address);
  void forget(Mono now);

  std::int64_t session_;
  std::string secret_;
  Own own_;
  std::map<Address, Entry> entries_;
  std::map<Address, Mono> introduced_;  // whom servers told of, and when
};

}  // namespace kgnode::peers
