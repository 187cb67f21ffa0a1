/// Beacons on the wire.
#include "agent/beacons.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "agent/base/text.hpp"
#include "agent/peers_summary.hpp"
#include "agent/seat.hpp"
#include "agent/sys/addresses.hpp"
#include "agent/sys/secret_box.hpp"

namespace kgnode {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto kTick = 1s;
constexpr unsigned kTicksBetweenLooks = 5;  // at the interface and the report
constexpr auto kSettle = 200ms;             // changes come in bursts
constexpr std::size_t kIpv4Headers = 28;    // with UDP's
constexpr std::size_t kIpv6Headers = 48;

constexpr std::string_view to_string(peers::Verdict verdict) {
  switch (verdict) {
    case peers::Verdict::taken:
      return "taken";
    case peers::Verdict::unproven:
      return "unproven";
    case peers::Verdict::replayed:
      return "replayed";
    case peers::Verdict::misplaced:
      return "misplaced";
    case peers::Verdict::full:
      break;
  }
  return "full";
}

std::int64_t random_number() {
  constexpr std::size_t kBytes = 7;  // it stays positive
  return parse_int<std::int64_t>(sys::random_hex(kBytes), 16).value_or(0);
}

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object row_of(const peers::Report& report, const Address& address, std::string_view state) {
  json::array troubles;
  for (const auto& trouble : report.troubles)
    troubles.push_back({{"id", trouble.id}, {"fails", trouble.fails}, {"text", trouble.text}});
  return {{"name", text_or_null(report.name)},       {"role", text_or_null(report.role)},
          {"address", kgnode::to_string(address)},   {"state", state},
          {"phase", text_or_null(report.phase)},     {"reason", text_or_null(report.reason)},
          {"version", text_or_null(report.version)}, {"troubles", std::move(troubles)}};
}

template <class T>
json::value number_or_null(const std::optional<T>& value) {
  if (!value) return nullptr;
  if constexpr (std::is_integral_v<T>) {
    return *value;
  } else {
    return value->count();
  }
}

json::object to_json(const peers::Peer& peer) {
  auto row = row_of(peer.report, peer.address, peers::to_string(peer.state));
  row["why"] = text_or_null(peers::why_of(peer));
  row["seen"] = peer.silent ? json::value(to_rfc3339(peer.wall)) : json::value(nullptr);
  row["silent_seconds"] = number_or_null(peer.silent);
  row["round_trip_microseconds"] = number_or_null(peer.round_trip);
  row["loss"] = peer.loss;
  row["largest_datagram"] = number_or_null(peer.largest);
  row["path_is_narrow"] = peer.is_narrow;
  row["clock_ahead_milliseconds"] = number_or_null(peer.clock_ahead);
  return row;
}

}  // namespace

Beacons::Beacons(Parts parts, UniqueFd socket)
    : parts_(std::move(parts)),
      socket_(std::move(socket)),
      table_(random_number(), sys::random_hex(32)) {}

void Beacons::start() {
  if (fd() < 0) return parts_.warn("no socket on the vRack was handed over: no beacons");
  if (const auto done = sys::never_fragment(fd()); !done) parts_.warn(done.error().message());
  tick();
}

void Beacons::take_config() {
  config_ = parts_.config();
  if (!config_) return;
  const auto before = std::exchange(keys_, find_beacon_keys(parts_.files, *config_)).trouble;
  if (!keys_.trouble.empty() && keys_.trouble != before) parts_.warn("beacons: " + keys_.trouble);
  refresh_own();
}

void Beacons::refresh_own() {
  const auto& address = config_->network.address;
  const auto mtu = sys::interface_mtu(address);
  const auto headers = address.family == Family::ipv6 ? kIpv6Headers : kIpv4Headers;
  table_.set_own({.address = address,
                  .network = config_->network.vrack,
                  .servers = config_->k3s.servers,
                  .is_server = config_->node.role == config::Role::control_plane,
                  .largest = mtu > headers ? std::min(mtu - headers, peers::kProbeLimit) : 0});
}

void Beacons::tick() {
  parts_.timers.after(kTick, [this] { tick(); });
  if (!config_) return;
  const bool looks = ticks_++ % kTicksBetweenLooks == 0;
  // A token that was not in reach may be by now, and one that is may not stay.
  if (looks && keys_.keys.empty()) take_config();
  if (looks) refresh_own();
  tell((looks && parts_.report() != report_) || parts_.bans.newest() != told_);
}

void Beacons::changed() {
  if (!config_ || std::exchange(change_armed_, true)) return;
  parts_.timers.after(kSettle, [this] {
    change_armed_ = false;
    tell(parts_.report() != report_);
  });
}

/// More than a beacon holds take turns.
std::vector<peers::SharedBan> Beacons::bans_to_tell() const {
  constexpr std::size_t kAtOnce = 16;
  auto bans = parts_.bans.to_tell(parts_.clock.wall());
  if (bans.size() > kAtOnce)
    std::ranges::rotate(
        bans, bans.begin() + static_cast<std::ptrdiff_t>((ticks_ * kAtOnce) % bans.size()));
  return bans;
}

void Beacons::tell(bool at_once) {
  if (keys_.keys.empty() || fd() < 0) return;
  if (at_once) report_ = parts_.report();
  if (at_once) told_ = parts_.bans.newest();
  for (auto& outgoing : table_.due(now(), at_once)) send(std::move(outgoing));
}

void Beacons::send(peers::Outgoing outgoing) {
  outgoing.beacon.report = report_;
  outgoing.beacon.wall = parts_.clock.wall();
  outgoing.beacon.bans = bans_to_tell();
  const auto datagram = peers::seal_beacon(keys_.keys, outgoing.beacon, outgoing.size);
  const auto sent =
      sys::send_datagram(fd(), config_->network.address, outgoing.to, peers::kBeaconPort, datagram);
  ++counts_[sent ? "sent" : "not_sent"];
}

void Beacons::on_readable() {
  std::vector<sys::Datagram> questions;
  for (auto& datagram : sys::read_datagrams(fd())) {
    if (!config_ || !config_->network.vrack.contains(datagram.from)) {
      ++counts_["strange"];
    } else if (peers::looks_like_beacon(datagram.bytes)) {
      take(datagram);
    } else {
      questions.push_back(std::move(datagram));
    }
  }
  if (config_) answer_seat_questions(fd(), parts_.files, *config_, questions);
}

void Beacons::take(const sys::Datagram& datagram) {
  const auto opened = peers::open_beacon(keys_.keys, datagram.bytes);
  if (const auto* refused = std::get_if<peers::Refused>(&opened)) {
    ++counts_[*refused == peers::Refused::foreign ? "foreign" : "malformed"];
    return;
  }
  const auto& beacon = std::get<peers::Beacon>(opened);
  const auto when = now();
  const auto size = datagram.bytes.size();
  const auto verdict = table_.take(beacon, datagram.from, size, when);
  ++counts_[std::string(to_string(verdict))];
  if (verdict != peers::Verdict::taken && verdict != peers::Verdict::unproven) return;
  if (verdict == peers::Verdict::taken) {
    const auto banned = parts_.bans.take(beacon.report.name, beacon.bans, when.wall);
    if (!banned) parts_.warn("a shared ban is not in force: " + banned.error().message());
  }
  if (auto answer = table_.answer(beacon, size, when)) send(*std::move(answer));
}

json::value Beacons::view() const {
  json::array nodes;
  if (config_) {
    auto report = parts_.report();
    auto own = row_of(report, config_->network.address, "self");
    own["why"] =
        text_or_null(peers::why_of({.state = peers::State::alive, .report = std::move(report)}));
    nodes.push_back(std::move(own));
    for (const auto& peer : table_.peers(parts_.clock.monotonic())) nodes.push_back(to_json(peer));
  }
  json::object datagrams;
  for (const auto& [name, count] : counts_) datagrams.emplace(name, count);
  return {{"nodes", std::move(nodes)},
          {"datagrams", std::move(datagrams)},
          {"trouble", text_or_null(keys_.trouble)}};
}

json::value Beacons::summary() const {
  if (!config_) return nullptr;
  return summarize_peers(table_.peers(parts_.clock.monotonic()), keys_.trouble);
}

}  // namespace kgnode
