/// Questions and answers about seats: one line of words each, sealed.
#include "k3s/join/seat.hpp"

#include <format>

#include "agent/base/text.hpp"

namespace kgnode::k3s {
namespace {

constexpr std::string_view kPurpose = "kgnode seat 1";
constexpr std::string_view kQuestion = "seat?";
constexpr std::string_view kAnswer = "seat!";

}  // namespace

std::string_view to_string(Seat seat) {
  switch (seat) {
    case Seat::empty:
      return "empty";
    case Seat::taken:
      return "taken";
    case Seat::unknown:
      break;
  }
  return "unknown";
}

std::optional<Seat> parse_seat(std::string_view text) {
  for (const auto seat : {Seat::unknown, Seat::empty, Seat::taken}) {
    if (to_string(seat) == text) return seat;
  }
  return std::nullopt;
}

Result<sys::SecretBuffer> seat_key(std::string_view token_secret) {
  return sys::derive_key(token_secret, kPurpose);
}

std::string make_seat_question(const sys::SecretBuffer& key, std::string_view challenge) {
  return sys::seal(key, std::format("{} {}", kQuestion, challenge));
}

std::optional<std::string> make_seat_answer(const sys::SecretBuffer& key, std::string_view question,
                                            std::string_view node, bool has_data) {
  const auto opened = sys::open_sealed(key, question);
  const auto words = opened ? split_words(*opened) : std::vector<std::string_view>();
  if (words.size() != 2 || words[0] != kQuestion) return std::nullopt;
  return sys::seal(key, std::format("{} {} {} {}", kAnswer, words[1], node,
                                    to_string(has_data ? Seat::taken : Seat::empty)));
}

std::optional<SeatAnswer> open_seat_answer(const sys::SecretBuffer& key, std::string_view challenge,
                                           std::string_view answer) {
  const auto opened = sys::open_sealed(key, answer);
  const auto words = opened ? split_words(*opened) : std::vector<std::string_view>();
  if (words.size() != 4 || words[0] != kAnswer || words[1] != challenge) return std::nullopt;
  const auto seat = parse_seat(words[3]);
  if (!seat || *seat == Seat::unknown) return std::nullopt;
  return SeatAnswer{.node = std::string(words[2]), .seat = *seat};
}

}  // namespace kgnode::k3s
