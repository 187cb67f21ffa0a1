#pragma once
/// /etc/passwd, /etc/shadow and /etc/group as values. No hash of a password comes out of here.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kgnode::hardening {

/// `locked`: no password fits. `empty`: none is asked for.
enum class Password : std::uint8_t { locked, set, empty };

struct Account {
  std::string name;
  unsigned uid = 0;
  unsigned gid = 0;
  std::string home;
  std::string shell;
  bool shadowed = true;  // its password is in /etc/shadow
  bool operator==(const Account&) const = default;
};

struct ShadowEntry {
  std::string name;
  Password password = Password::locked;
  std::optional<std::chrono::sys_days> expires;  // from that day on nobody logs in
  bool operator==(const ShadowEntry&) const = default;
};

struct Group {
  std::string name;
  unsigned gid = 0;
  bool operator==(const Group&) const = default;
};

/// Lines that make no sense are left out: the C library does not see them either.
std::vector<Account> parse_passwd(std::string_view text);
std::vector<ShadowEntry> parse_shadow(std::string_view text);
std::vector<Group> parse_groups(std::string_view text);
/// Whether the account's password is exactly this hash.
bool has_hash(std::string_view shadow, std::string_view name, std::string_view hash);

}  // namespace kgnode::hardening
