#pragma once
/// What first boot did, for `kgnode status`: written by one process, read by another.
#include <optional>
#include <string>
#include <vector>

#include "agent/firstboot/plan.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::firstboot {

inline constexpr const char* kReportPath = "/run/kgnode/firstboot.json";

struct Report {
  Source source;
  std::string stage;  // "local", "network", "offline"
  std::vector<Value> values;
  std::vector<Note> warnings;
  std::vector<Note> errors;
  bool operator==(const Report&) const = default;
};

std::string to_json(const Report& report);
Result<Report> parse_report(std::string_view json);
/// nullopt: first boot has not run since this boot.
Result<std::optional<Report>> read_report(sys::Files& files, const std::string& path = kReportPath);
/// The first error with its place, and how many more there are; empty: there is none.
std::string first_error(const Report& report);
/// For a terminal: the source, each value with its origin, then warnings and errors.
std::string to_text(const Report& report);

}  // namespace kgnode::firstboot
