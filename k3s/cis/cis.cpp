/// What was seen -> findings.
#include "k3s/cis/cis.hpp"

#include <algorithm>
#include <format>
#include <optional>
#include <ranges>
#include <utility>

#include "agent/base/text.hpp"
#include "agent/sys/yaml.hpp"
#include "k3s/cis/checks.hpp"

namespace kgnode::k3s {
namespace {

using core::FindingKind;

struct Verdict {
  FindingKind kind = FindingKind::unknown;
  std::string evidence;
};

Verdict judge(bool holds, std::string evidence) {
  return {holds ? FindingKind::pass : FindingKind::gap, std::move(evidence)};
}

bool applies(const CisCheck& check, config::Role role) {
  return !check.servers_only || role == config::Role::control_plane;
}

bool matches(std::string_view path, std::string_view pattern) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return path == pattern;
  const auto before = pattern.substr(0, star);
  const auto after = pattern.substr(star + 1);
  return path.size() >= before.size() + after.size() && path.starts_with(before) &&
         path.ends_with(after) && !path.substr(before.size()).contains('/');
}

bool accepts_file(const CisCheck& check, const CisFile& file) {
  if (check.kind == CisKind::owner) return file.uid == 0 && file.gid == 0;
  return (file.mode & 07777U & ~parse_int<unsigned>(check.expected, 8).value_or(0)) == 0;
}

std::string describe(const CisCheck& check, const CisFile& file) {
  if (check.kind == CisKind::owner)
    return std::format("{} is owned by {}:{}", file.path, file.uid, file.gid);
  return std::format("{} is {:04o}", file.path, file.mode & 07777U);
}

Verdict judge_files(const CisCheck& check, const CisObserved& seen) {
  const CisFile* shown = nullptr;
  for (const auto& file : seen.files) {
    // The lock of the container network, which the benchmark leaves out.
    if (!matches(file.path, check.subject) || file.path.ends_with("/lock")) continue;
    shown = &file;
    if (!accepts_file(check, file)) return judge(false, describe(check, file));
  }
  // The one folder of these that K3s fills only when there is something to put there.
  if (shown == nullptr && check.subject.starts_with("/var/lib/cni/"))
    return {FindingKind::not_applicable, "no container has had an address here"};
  if (shown == nullptr) {
    return {FindingKind::unknown, std::format("{} is not there", check.subject)};
  }
  return judge(true, describe(check, *shown));
}

/// nullopt: not given. A list may be given in parts.
std::optional<std::string> value_of(const std::vector<std::string>& arguments,
                                    std::string_view name) {
  std::optional<std::string> value;
  for (const std::string_view argument : arguments) {
    const auto equals = argument.find('=');
    if (argument.substr(0, equals) != name) continue;
    const auto given = equals == std::string_view::npos ? "true" : argument.substr(equals + 1);
    value = value ? *value + "," + std::string(given) : std::string(given);
  }
  return value;
}

void flatten(const std::string& name, const sys::Yaml& value,
             std::map<std::string, std::vector<std::string>>& into) {
  if (value.kind == sys::Yaml::Kind::scalar) into[name].push_back(value.text);
  for (const auto& item : value.items) flatten(name, item, into);
  for (const auto& [key, below] : value.entries)
    flatten(name.empty() ? key : std::format("{}.{}", name, key), below, into);
}

bool is_among(std::string_view values, std::string_view allowed) {
  const auto list = split(allowed, ',');
  return std::ranges::all_of(split(values, ','), [&list](std::string_view value) {
    return std::ranges::contains(list, value);
  });
}

bool accepts_argument(std::string_view expected, const std::optional<std::string>& value) {
  const auto blank = expected.find(' ');
  const auto verb = expected.substr(0, blank);
  const auto word = blank == std::string_view::npos ? "" : expected.substr(blank + 1);
  const bool has = value && std::ranges::contains(split(*value, ','), word);
  if (verb == "present") return value.has_value();
  if (verb == "absent") return !value;
  if (verb == "zero") return value.value_or("0") == "0";
  if (verb == "has") return has;
  if (verb == "lacks") return !has;
  if (verb == "is") return value == word;
  if (verb == "not") return value != word;
  if (verb == "among") return value && is_among(*value, word);
  return verb == "at-least" && value &&
         parse_int<unsigned>(*value).value_or(0) >= parse_int<unsigned>(word).value_or(~0U);
}

/// As people write it: a flag has dashes before it, a setting of a file has capitals or dots.
std::string spell(std::string_view name) {
  const bool is_flag =
      std::ranges::all_of(name, [](char c) { return c == '-' || (c >= 'a' && c <= 'z'); });
  return std::format("{}{}", is_flag ? "--" : "", name);
}

/// The first of "FLAG|SETTING" that is given, with its name.
std::pair<std::string, std::optional<std::string>> given_of(
    const std::vector<std::string>& arguments, std::string_view names) {
  const auto alternatives = split(names, '|');
  for (const auto name : alternatives) {
    if (auto value = value_of(arguments, name)) return {spell(name), std::move(value)};
  }
  return {spell(alternatives[0]), std::nullopt};
}

Verdict judge_arguments(const CisCheck& check, const CisObserved& seen) {
  const auto parts = split(check.subject, ' ');
  const auto given = seen.arguments.find(parts[0]);
  if (given == seen.arguments.end()) {
    return {FindingKind::unknown,
            std::format("what {} runs with is not in the journal or cannot be read", parts[0])};
  }
  std::string evidence;
  for (const auto names : split(parts[1], ',')) {
    const auto [name, value] = given_of(given->second, names);
    const auto text = std::format("{} runs {}", parts[0],
                                  value ? std::format("with {}={}", name, printable(*value))
                                        : std::format("without {}", name));
    if (!accepts_argument(check.expected, value)) return judge(false, text);
    evidence = text;
  }
  return judge(true, std::move(evidence));
}

core::Finding to_finding(const CisCheck& check, Verdict verdict) {
  std::string remedy;
  if (verdict.kind == FindingKind::gap) remedy = check.remedy;
  if (verdict.kind == FindingKind::unknown) remedy = "look again once K3s has started";
  return {.id = "k3s.cis." + check.id,
          .kind = verdict.kind,
          .text = std::format("{}: {}", check.title, verdict.evidence),
          .remedy = std::move(remedy)};
}

}  // namespace

std::vector<CisFile> cis_corrections(const CisObserved& seen) {
  std::vector<CisFile> corrections;
  for (const auto& file : seen.files) {
    auto wanted = file;
    for (const auto& check : cis_checks()) {
      if (check.kind == CisKind::argument || !applies(check, seen.role)) continue;
      if (!matches(file.path, check.subject) || accepts_file(check, file)) continue;
      if (check.kind == CisKind::owner) {
        wanted.uid = wanted.gid = 0;
      } else {
        wanted.mode &= parse_int<mode_t>(check.expected, 8).value_or(0);
      }
    }
    if (wanted != file) corrections.push_back(std::move(wanted));
  }
  return corrections;
}

std::vector<std::string> cis_paths(config::Role role) {
  std::vector<std::string> paths;
  for (const auto& check : cis_checks()) {
    if (check.kind == CisKind::argument || !applies(check, role)) continue;
    if (!std::ranges::contains(paths, check.subject)) paths.push_back(check.subject);
  }
  return paths;
}

std::vector<std::string> cis_arguments(std::string_view line) {
  std::vector<std::string> arguments;
  for (auto word : split_words(line)) {
    if (!word.starts_with("--")) continue;
    word.remove_prefix(2);
    if (word.ends_with('"')) word.remove_suffix(1);  // the end of the message
    arguments.emplace_back(word);
  }
  return arguments;
}

Result<std::vector<std::string>> cis_settings(std::span<const std::string> files) {
  std::map<std::string, std::vector<std::string>> settings;
  for (const auto& file : files) {
    std::map<std::string, std::vector<std::string>> own;
    flatten("", TRY(sys::parse_yaml(file)), own);
    for (auto& [name, values] : own) settings.insert_or_assign(name, std::move(values));
  }
  std::vector<std::string> flat;
  for (const auto& [name, values] : settings) {
    for (const auto& value : values) flat.push_back(std::format("{}={}", name, value));
  }
  return flat;
}

Result<std::vector<std::string>> cis_encryption(std::string_view file) {
  const auto config = TRY(sys::parse_yaml(file));
  std::vector<std::string> providers;
  const auto* resources = config.find("resources");
  for (const auto& resource : resources == nullptr ? std::vector<sys::Yaml>{} : resources->items) {
    const auto* list = resource.find("providers");
    if (list != nullptr && !list->items.empty() && !list->items[0].entries.empty())
      providers.push_back("encryption-config.provider=" + list->items[0].entries[0].key);
  }
  return providers;
}

std::vector<core::Item> cis_items(config::Role role, const std::optional<CisObserved>& seen) {
  std::vector<core::Item> items;
  for (const auto& check : cis_checks()) {
    if (!applies(check, role)) continue;
    core::Item item{
        .id = "k3s.cis." + check.id, .rules = "CIS-K3s " + check.id, .title = check.title};
    if (seen) {
      auto verdict = check.kind == CisKind::argument ? judge_arguments(check, *seen)
                                                     : judge_files(check, *seen);
      item.kind = verdict.kind;
      item.evidence = std::move(verdict.evidence);
    } else {
      item.evidence = "K3s has not run here yet";
    }
    if (item.kind == FindingKind::gap) {
      item.remedy = check.remedy;
      item.deviation = check.deviation;
    }
    if (item.kind == FindingKind::unknown) item.remedy = "look again once K3s has started";
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<core::Finding> cis_findings(const CisObserved& seen) {
  std::vector<core::Finding> findings;
  for (const auto& check : cis_checks()) {
    if (!applies(check, seen.role) || !check.deviation.empty()) continue;
    findings.push_back(to_finding(check, check.kind == CisKind::argument
                                             ? judge_arguments(check, seen)
                                             : judge_files(check, seen)));
  }
  return findings;
}

}  // namespace kgnode::k3s
