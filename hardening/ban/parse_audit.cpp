/// Who asked kube-apiserver without being known to it.
#include "agent/base/json_walk.hpp"
#include "hardening/ban/lines.hpp"
#include "hardening/ban/words.hpp"

namespace kgnode::hardening::ban {
namespace {

constexpr std::uint16_t kUnknown = 2;    // 401: a token or certificate that is not valid
constexpr std::uint16_t kAnonymous = 1;  // 403 for who showed none

/// The parts of an event that decide. Strings are as written: one with an escape equals nothing.
struct Event {
  std::string_view kind;
  std::string_view stage;
  std::string_view user;
  std::string_view source;
  std::int64_t code = 0;
};

// The API server adds the peer that it saw itself at the end; what stands before it came in a
// header of the client's.
std::string_view last_of(JsonWalk& walk) {
  std::string_view last;
  if (!walk.enter_array()) {
    walk.skip();
    return last;
  }
  while (walk.next_item()) last = walk.string().value_or("");
  return last;
}

template <class Read>
void read_member(JsonWalk& walk, std::string_view name, const Read& read) {
  if (!walk.enter_object()) return walk.skip();
  while (const auto key = walk.next_key()) *key == name ? read() : walk.skip();
}

void read_value(JsonWalk& walk, std::string_view key, Event& event) {
  if (key == "kind") {
    event.kind = walk.string().value_or("");
  } else if (key == "stage") {
    event.stage = walk.string().value_or("");
  } else if (key == "sourceIPs") {
    event.source = last_of(walk);
  } else if (key == "user") {
    read_member(walk, "username", [&walk, &event] { event.user = walk.string().value_or(""); });
  } else if (key == "responseStatus") {
    read_member(walk, "code", [&walk, &event] { event.code = walk.integer().value_or(0); });
  } else {
    walk.skip();
  }
}

std::uint16_t weight_of(const Event& event) {
  // Who is not authenticated has a first stage only, all others have the last one always; so each
  // request counts once.
  if (event.stage != (event.user.empty() ? "ResponseStarted" : "ResponseComplete")) return 0;
  if (event.code == 401) return kUnknown;
  // A 403 for anybody else is a role that lacks a right: nodes and operators have those.
  return event.code == 403 && event.user == "system:anonymous" ? kAnonymous : std::uint16_t{0};
}

}  // namespace

std::optional<Hit> parse_audit(std::string_view line) {
  JsonWalk walk(line);
  if (!walk.enter_object()) return std::nullopt;
  Event event;
  while (const auto key = walk.next_key()) read_value(walk, *key, event);
  if (!walk.finish() || event.kind != "Event") return std::nullopt;
  const auto weight = weight_of(event);
  const auto source = weight > 0 ? parse_source(event.source) : std::nullopt;
  if (!source) return std::nullopt;
  return Hit{.address = *source, .weight = weight};
}

}  // namespace kgnode::hardening::ban
