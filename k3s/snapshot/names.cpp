/// What the names of K3s' snapshots say.
#include "k3s/snapshot/names.hpp"

#include <cstdint>
#include <format>

#include "agent/base/text.hpp"
#include "agent/sys/sha256.hpp"
#include "k3s/join/token.hpp"

namespace kgnode::k3s {
namespace {

constexpr std::string_view kCompressed = ".zip";

std::string_view without_suffix(std::string_view name) {
  if (is_compressed(name)) name.remove_suffix(kCompressed.size());
  return name;
}

}  // namespace

bool is_compressed(std::string_view name) { return name.ends_with(kCompressed); }

std::optional<Time> taken_at(std::string_view name) {
  name = without_suffix(name);
  const auto dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || name.contains('/')) return std::nullopt;
  constexpr std::int64_t kYear9999 = 253402300799;
  const auto seconds = parse_int<std::int64_t>(name.substr(dash + 1));
  if (!seconds || *seconds < 0 || *seconds > kYear9999) return std::nullopt;
  return Time(std::chrono::seconds(*seconds));
}

std::string_view base_of(std::string_view name, std::string_view node) {
  name = without_suffix(name);
  const auto own = std::format("-{}-", node);
  const auto at = name.rfind(own);
  const bool is_own = at != std::string_view::npos && !name.substr(at + own.size()).contains('-');
  return is_own ? name.substr(0, at) : std::string_view();
}

std::string show_age(std::chrono::seconds age) {
  using namespace std::chrono;
  if (age < 0s) return "in the future";
  if (age < 2min) return std::format("{} s", age.count());
  if (age < 2h) return std::format("{} min", floor<minutes>(age).count());
  if (age < 48h) return std::format("{} h", floor<hours>(age).count());
  return std::format("{} d", floor<days>(age).count());
}

std::optional<std::string> bootstrap_digits(std::string_view token) {
  const auto parsed = parse_token(token);
  if (!parsed || parsed->kind != TokenKind::password) return std::nullopt;
  return sys::sha256_hex(parsed->secret).substr(0, 12);
}

}  // namespace kgnode::k3s
