#pragma once
/// The jails in force: where the lines of each come from, who must have written them, what counts.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/config/config.hpp"
#include "agent/sys/journal.hpp"
#include "hardening/ban/judge.hpp"
#include "hardening/ban/shapes.hpp"
#include "hardening/ban/types.hpp"

namespace kgnode::hardening::ban {

struct Jail {
  Rule rule;
  std::function<std::optional<Hit>(std::string_view)> match;
  Shape (*shape)(std::string_view) = nullptr;  // of a line without an offence, where that is known
  sys::JournalMatch journal;                   // empty: it reads `file`
  std::vector<std::string> units;  // who must have logged it; "ssh@*" stands for every instance
  std::string file;                // with "*" in names
};

/// The built-in jails as the configuration changes them, and those of the operator; only those that
/// are enabled. Refuses a pattern that does not compile.
Result<std::vector<Jail>> make_jails(const config::Ban& settings);

/// How these jails decide.
Rules make_rules(const config::Ban& settings, const std::vector<Jail>& jails,
                 std::vector<Never> never);

/// "ssh@1-2.service" is one of "ssh@*.service".
bool is_of_unit(const Jail& jail, std::string_view unit);

/// Lines of pods have a prefix of the container runtime.
bool is_pod_log(std::string_view path);

}  // namespace kgnode::hardening::ban
