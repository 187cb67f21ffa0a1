/// The record of a restore, and what is decided by it.
#include "k3s/snapshot/restore.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <span>
#include <utility>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/sys/yaml.hpp"
#include "k3s/snapshot/json.hpp"

namespace kgnode::k3s {
namespace {

namespace json = boost::json;
using Step = RestoreStep;

constexpr std::array kDeeds = {std::pair{Deed::restore, std::string_view("restore")},
                               std::pair{Deed::rejoin, std::string_view("rejoin")}};
constexpr std::array kSteps = {std::pair{Step::stop, std::string_view("stop")},
                               std::pair{Step::configure, std::string_view("configure")},
                               std::pair{Step::reset, std::string_view("reset")},
                               std::pair{Step::move, std::string_view("move")},
                               std::pair{Step::start, std::string_view("start")},
                               std::pair{Step::ready, std::string_view("ready")}};
constexpr std::array kRestore = {Step::stop, Step::configure, Step::reset, Step::start,
                                 Step::ready};
// The agent starts K3s again, for it knows how to join: so there is no step for it.
constexpr std::array kRejoin = {Step::stop, Step::move, Step::ready};

constexpr std::array<std::string_view, 4> kLeftOut = {"server", "cluster-init", "token",
                                                      "token-file"};

template <class Names, class Value>
std::string_view name_of(const Names& names, Value value) {
  return std::ranges::find(names, value, &Names::value_type::first)->second;
}

template <class Names>
auto value_of(const Names& names, const std::optional<std::string>& name)
    -> std::optional<typename Names::value_type::first_type> {
  const auto found = std::ranges::find(names, name.value_or(""), &Names::value_type::second);
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

std::span<const Step> steps_of(Deed deed) {
  return deed == Deed::restore ? std::span<const Step>(kRestore) : std::span<const Step>(kRejoin);
}

std::optional<RestoreRecord> from_json(const json::object& root) {
  const auto deed = value_of(kDeeds, text_at(root, "deed"));
  const auto step = value_of(kSteps, text_at(root, "step"));
  const auto done = truth_at(root, "done");
  const auto snapshot = text_at(root, "snapshot");
  const auto token_file = text_at(root, "token_file");
  const auto trouble = text_at(root, "trouble");
  const auto* before = root.if_contains("before");
  if (!deed || !step || !done || !snapshot || !token_file || !trouble || before == nullptr ||
      !std::ranges::contains(steps_of(*deed), *step))
    return std::nullopt;
  RestoreRecord record{.deed = *deed,
                       .step = *step,
                       .done = *done,
                       .snapshot = *snapshot,
                       .token_file = *token_file,
                       .before = {},
                       .trouble = *trouble};
  if (before->is_array()) record.before = texts_at(root, "before");
  return record;
}

/// "server: x", "'server' : x", "server+:": the key, without what may stand around it.
std::string_view key_of(std::string_view line) {
  auto key = trim(line.substr(0, line.find(':')));
  if (key.ends_with('+')) key.remove_suffix(1);
  const bool quoted = key.size() >= 2 && (key.front() == '"' || key.front() == '\'');
  return quoted && key.back() == key.front() ? key.substr(1, key.size() - 2) : key;
}

bool is_continued(std::string_view line) {
  return line.empty() || line.front() == ' ' || line.front() == '\t' || line.front() == '-';
}

}  // namespace

std::string_view to_string(Deed deed) { return name_of(kDeeds, deed); }
std::string_view to_string(RestoreStep step) { return name_of(kSteps, step); }

std::string to_text(const RestoreRecord& record) {
  json::value before = nullptr;
  if (record.before) {
    json::array names;
    for (const auto& name : *record.before) names.emplace_back(name);
    before = std::move(names);
  }
  return json::serialize(json::object{{"deed", to_string(record.deed)},
                                      {"step", to_string(record.step)},
                                      {"done", record.done},
                                      {"snapshot", record.snapshot},
                                      {"token_file", record.token_file},
                                      {"before", std::move(before)},
                                      {"trouble", record.trouble}}) +
         "\n";
}

Result<RestoreRecord> parse_restore_record(std::string_view text) {
  const auto root = parse_object(text);
  auto record = root ? from_json(*root) : std::nullopt;
  if (record) return *std::move(record);
  return fail(Error::plain(std::format(
      "{} is damaged, and K3s is not started: remove it when no restore is to be finished",
      kRestoreRecord)));
}

Result<std::optional<RestoreRecord>> read_restore_record(sys::Files& files) {
  const auto text = TRY(files.read(kRestoreRecord));
  if (!text) return std::nullopt;
  return TRY(parse_restore_record(*text));
}

std::optional<RestoreStep> next_step(const RestoreRecord& record) {
  if (!record.done) return record.step;
  const auto steps = steps_of(record.deed);
  const auto next = std::ranges::find(steps, record.step) + 1;
  return next == steps.end() ? std::nullopt : std::optional(*next);
}

bool restore_is_under_way(sys::Files& files) {
  const auto record = read_restore_record(files);
  if (!record) return true;
  if (!*record) return false;
  // From the start on K3s is to run, whoever starts it.
  const auto next = next_step(**record);
  return next && *next < RestoreStep::start;
}

Result<std::string> make_reset_config(std::string_view config) {
  std::string rest;
  bool dropping = false;
  for (const auto line : split(config, '\n')) {
    dropping = std::ranges::contains(kLeftOut, key_of(line)) || (dropping && is_continued(line));
    if (!dropping) rest += std::string(line) + "\n";
  }
  const auto tree = TRY(sys::parse_yaml(rest));
  for (const auto& entry : tree.entries) {
    if (std::ranges::contains(kLeftOut, key_of(entry.key)))
      return fail(Error::plain(
          std::format("{} cannot be left out: write it on a line of its own", quote(entry.key))));
  }
  return rest;
}

bool says_that_it_reset(std::string_view output) {
  return output.contains("Managed etcd cluster membership has been reset");
}

Result<std::string> find_kept(const std::vector<std::string>& before,
                              const std::vector<std::string>& after) {
  if (!std::ranges::contains(before, "etcd")) return std::string();  // there was nothing to keep
  for (const auto& name : after) {
    if (name.starts_with("etcd-old-") && !std::ranges::contains(before, name)) return name;
  }
  return fail(Error::plain(
      "K3s says that it has reset the cluster, but the database that there was is not in "
      "/var/lib/rancher/k3s/server/db/etcd-old-TIME: look there before K3s is started"));
}

}  // namespace kgnode::k3s
