/// What is not as it should be with another node, in words.
#include <cmath>
#include <format>

#include "agent/base/text.hpp"
#include "agent/peers/table.hpp"

namespace kgnode::peers {
namespace {

constexpr double kMuchLoss = 0.1;
constexpr std::chrono::milliseconds kClockLimit{1000};

std::string silence_of(const Peer& peer) {
  if (peer.state == State::unheard)
    return "never heard: it is off, UDP 9181 does not get here, or it has another key";
  return std::format("silent for {}", *peer.silent);
}

std::vector<std::string> path_of(const Peer& peer) {
  std::vector<std::string> all;
  if (peer.twin && *peer.twin == peer.report.name) {
    all.push_back(
        std::format("two machines are {} at {}", peer.report.name, to_string(peer.address)));
  } else if (peer.twin) {
    all.push_back(std::format("two machines have the address {}: {} and {}",
                              to_string(peer.address), peer.report.name, *peer.twin));
  }
  if (peer.is_narrow)
    all.push_back(std::format(
        "the way to it swallows what our interface sends, {} octets of UDP pass: its MTU is too "
        "small",
        peer.largest.value_or(0)));
  if (peer.loss > kMuchLoss)
    all.push_back(std::format("{:.0f} % of its beacons are lost", std::round(peer.loss * 100)));
  if (peer.clock_ahead && std::chrono::abs(*peer.clock_ahead) > kClockLimit)
    all.push_back(std::format("its clock is {:.1f} s {} ours",
                              std::abs(std::chrono::duration<double>(*peer.clock_ahead).count()),
                              *peer.clock_ahead > kClockLimit ? "ahead of" : "behind"));
  return all;
}

}  // namespace

std::string why_of(const Peer& peer) {
  std::vector<std::string> all;
  if (peer.state == State::alive) {
    all = path_of(peer);
  } else {
    all.push_back(silence_of(peer));
  }
  const auto& report = peer.report;
  if (!report.reason.empty()) all.push_back(report.reason);
  for (const auto& trouble : report.troubles) {
    if (trouble.fails && !report.reason.contains(trouble.text))
      all.push_back(std::format("{}: {}", trouble.id, trouble.text));
  }
  return join(all, "; ");
}

}  // namespace kgnode::peers
