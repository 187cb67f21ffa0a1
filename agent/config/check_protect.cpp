/// Audit, accounts and time.
#include <algorithm>
#include <array>
#include <format>

#include "agent/base/net.hpp"
#include "agent/base/text.hpp"
#include "agent/base/units.hpp"
#include "agent/config/cross_checks.hpp"

namespace kgnode::config {
namespace {

constexpr Bytes kLeastSpace{std::uint64_t{16} << 20};

std::optional<std::string> as_is(std::string_view text) { return std::string(text); }

void check_audit(const Value& root, Problems& problems) {
  const auto space = read_one(root, "audit.space", parse_bytes);
  if (!space || space->value >= kLeastSpace) return;
  problems.error(space->at,
                 std::format("audit.space {} holds no record for long", to_string(space->value)),
                 std::format("give {} at least", to_string(kLeastSpace)));
}

/// What crypt(5) calls strong, and passwd(5) takes on its line.
bool is_password_hash(std::string_view text) {
  constexpr std::array<std::string_view, 4> kPrefixes{"$y$", "$gy$", "$2b$", "$6$"};
  constexpr std::size_t kShortest = 50;
  const auto starts = [text](std::string_view prefix) { return text.starts_with(prefix); };
  return text.size() >= kShortest && !text.contains(':') && std::ranges::any_of(kPrefixes, starts);
}

void check_break_glass(const Value& root, Problems& problems) {
  const Value* table = find_value(root, "accounts.break_glass");
  if (table == nullptr || table->type != Type::table) return;
  const auto expires = read_one<std::string>(root, "accounts.break_glass.expires", as_is);
  if (expires && !parse_day(expires->value)) {
    problems.error(expires->at, std::format("{} is not a day", quote(expires->value)),
                   "write it as in \"2027-01-31\"");
  }
  const Value* hash = find_value(*table, "password_hash");
  if (hash != nullptr && hash->type == Type::string && !is_password_hash(hash->text)) {
    problems.error(hash->at, "password_hash is no hash of a password",
                   "make one with: mkpasswd -m yescrypt");
  }
  const auto user = read_one<std::string>(root, "accounts.break_glass.user", as_is);
  const auto admin = read_one<std::string>(root, "admin.user", as_is);
  const auto name = user ? user->value : "rescue";
  if (admin && name == admin->value) {
    problems.error(user ? user->at : table->at,
                   std::format("{} is admin.user already, which has no password", quote(name)),
                   "give the break-glass account a name of its own");
  }
}

bool is_host_name(std::string_view text) {
  const auto is_part = [](std::string_view part) {
    return !part.empty() && part.size() <= 63 && part.front() != '-' && part.back() != '-' &&
           std::ranges::all_of(part, [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-';
           });
  };
  return text.size() <= 253 && std::ranges::all_of(split(text, '.'), is_part);
}

void check_time(const Value& root, Problems& problems) {
  const auto sources = read_list<std::string>(root, "time.sources", as_is);
  const auto nts = read_list<std::string>(root, "time.nts_sources", as_is);
  for (const auto& source : sources) {
    if (!is_host_name(source.value) && !parse_address(source.value)) {
      problems.error(source.at,
                     std::format("{} is no name of a server and no address", quote(source.value)),
                     "write it as in \"ntp.ovh.net\"");
    }
  }
  for (const auto& source : nts) {
    if (is_host_name(source.value) && !parse_address(source.value)) continue;
    problems.error(source.at, std::format("{} is no name of a server", quote(source.value)),
                   "give the name in its certificate, as in \"nts.netnod.se\"");
  }
  const auto required = read_bool(root, "time.require_sync");
  const Value* list = find_value(root, "time.sources");
  const Value* nts_list = find_value(root, "time.nts_sources");
  if (list == nullptr || nts_list == nullptr || !list->items.empty() || !nts_list->items.empty())
    return;
  if (required && required->value) {
    problems.error(list->at, "there is no source of time, so this node would never join",
                   "name a server in time.sources, or write require_sync = false");
  }
}

}  // namespace

void check_protect(const Value& root, Problems& problems) {
  check_audit(root, problems);
  check_break_glass(root, problems);
  check_time(root, problems);
}

}  // namespace kgnode::config
