#pragma once
/// The jails and how each tells an offence.
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/config/config.hpp"
#include "hardening/ban/shapes.hpp"
#include "hardening/ban/types.hpp"

namespace kgnode::hardening::ban {

/// A jail of the operator's: every line that the pattern matches weighs the same.
struct OwnJail {
  std::string name;
  std::string pattern;
  std::uint16_t weight = 1;
};

struct Matcher {
  std::string jail;
  std::function<std::optional<Hit>(std::string_view)> match;
  /// By these names syslog knows those who write such messages; none: it is not told by a name.
  std::span<const std::string_view> programs;
  /// Of a line without an offence; none: nobody knows how honest lines look.
  Shape (*shape)(std::string_view) = nullptr;
};

/// Those of the configuration that are enabled.
std::vector<OwnJail> own_jails(const config::Ban& settings);

/// The built-in jails, then the operator's. Refuses a pattern that does not compile.
Result<std::vector<Matcher>> make_matchers(std::span<const OwnJail> own);

/// Whether this matcher judges what that program wrote.
bool is_for(const Matcher& matcher, std::string_view program);

}  // namespace kgnode::hardening::ban
