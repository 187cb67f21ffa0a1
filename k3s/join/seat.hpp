#pragma once
/// What control planes tell each other before K3s runs: whether this one holds data of a cluster.
/// Only who knows the server token can ask, answer, or read along.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/result.hpp"
#include "agent/sys/secret_box.hpp"

namespace kgnode::k3s {

constexpr std::uint16_t kSeatPort = 9181;

/// `taken`: there is data of a cluster on its disk. `empty`: it said that there is none.
enum class Seat : std::uint8_t { unknown, empty, taken };
std::string_view to_string(Seat seat);
std::optional<Seat> parse_seat(std::string_view text);

Result<sys::SecretBuffer> seat_key(std::string_view token_secret);

/// `challenge`: chosen anew for each question, so that an old answer is not taken for a new one.
std::string make_seat_question(const sys::SecretBuffer& key, std::string_view challenge);
/// nullopt: the bytes are no question of one who knows the key.
std::optional<std::string> make_seat_answer(const sys::SecretBuffer& key, std::string_view question,
                                            std::string_view node, bool has_data);

struct SeatAnswer {
  std::string node;
  Seat seat = Seat::unknown;
};
std::optional<SeatAnswer> open_seat_answer(const sys::SecretBuffer& key, std::string_view challenge,
                                           std::string_view answer);

}  // namespace kgnode::k3s
