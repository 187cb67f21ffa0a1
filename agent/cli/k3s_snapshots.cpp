/// `kgnode k3s snapshots` and `kgnode k3s snapshot`.
#include "agent/cli/k3s_snapshots.hpp"

#include <algorithm>
#include <format>
#include <optional>
#include <print>

#include <boost/json.hpp>

#include "agent/base/text.hpp"
#include "agent/base/units.hpp"
#include "agent/cli/json_view.hpp"
#include "agent/config/load.hpp"
#include "agent/node_files.hpp"
#include "agent/snapshot_work.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/run_child.hpp"
#include "k3s/join/paths.hpp"
#include "k3s/snapshot/book.hpp"

namespace kgnode::cli {
namespace {

namespace json = boost::json;
using k3s::Rehearsal, k3s::SnapshotBook, k3s::SnapshotFile;

k3s::Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// A size of which three digits matter.
std::string show_size(std::uint64_t size) {
  constexpr std::uint64_t kMebi = std::uint64_t{1} << 20;
  if (size < kMebi) return std::format("{} KiB", (size + 1023) / 1024);
  return std::format("{:.1f} MiB", static_cast<double>(size) / static_cast<double>(kMebi));
}

struct Known {
  SnapshotBook book;
  std::vector<SnapshotFile> files;
  std::vector<SnapshotFile> waiting;  // in the folder, and not looked at as they are now
};

Result<Known> read_known() {
  sys::RealFiles files;
  Known known{.book = {}, .files = TRY(list_snapshot_files()), .waiting = {}};
  if (const auto text = TRY(files.read(k3s::kSnapshotBook, sys::Files::kReadLimit)))
    known.book = TRY(k3s::parse_book(*text));
  for (const auto& file : known.files) {
    if (!std::ranges::contains(known.book.snapshots, file, &Rehearsal::file))
      known.waiting.push_back(file);
  }
  std::erase_if(known.book.snapshots, [&known](const Rehearsal& one) {
    return !std::ranges::contains(known.files, one.file);
  });
  return known;
}

json::object to_json(const SnapshotFile& file) {
  const auto taken = k3s::taken_at(file.name).value_or(k3s::Time());
  return {{"name", file.name},
          {"size", file.size},
          {"taken", taken.time_since_epoch().count()},
          {"proven", false},
          {"trouble", "not looked at yet"}};
}

json::value to_json(const Known& known) {
  auto root = json::parse(k3s::to_text(known.book)).as_object();
  for (const auto& file : known.waiting) root["snapshots"].as_array().push_back(to_json(file));
  return root;
}

std::string node_name() {
  sys::RealFiles files;
  const auto loaded = config::load_file(files, kConfig);
  return loaded && loaded->config ? loaded->config->node.name : std::string();
}

std::string render(const Known& known) {
  std::vector<std::vector<std::string>> rows = {{"NAME", "AGE", "SIZE", "RESTORABLE"}};
  const auto add = [&rows](const SnapshotFile& file, std::string verdict) {
    const auto taken = k3s::taken_at(file.name).value_or(k3s::Time());
    rows.push_back(
        {file.name, k3s::show_age(now() - taken), show_size(file.size), std::move(verdict)});
  };
  for (const auto& one : known.book.snapshots) {
    add(one.file, one.proven() ? std::format("proven, {} keys, revision {}", one.found.content.keys,
                                             one.found.content.revision)
                               : "no: " + one.trouble());
  }
  for (const auto& file : known.waiting) add(file, "not looked at yet");
  auto text = rows.size() == 1 ? std::string("no snapshots\n") : render_table(rows);
  for (const auto& one : k3s::group(known.files, node_name())) {
    text += std::format("{}: {}, {} in all, the oldest {} old\n",
                        one.base.empty() ? "of other nodes" : one.base, one.count,
                        show_size(one.size), k3s::show_age(now() - one.oldest));
  }
  return text;
}

/// "Snapshot NAME saved." in what K3s printed.
std::optional<std::string> saved_name(std::string_view output) {
  constexpr std::string_view kBegin = "Snapshot ";
  constexpr std::string_view kEnd = " saved.";
  const auto end = output.find(kEnd);
  const auto begin = output.substr(0, end).rfind(kBegin);
  if (end == std::string_view::npos || begin == std::string_view::npos) return std::nullopt;
  return std::string(output.substr(begin + kBegin.size(), end - begin - kBegin.size()));
}

Result<std::string> save() {
  const auto saved = TRY(sys::run_child({.argv = {k3s::kBinary, "etcd-snapshot", "save"},
                                         .limit = std::chrono::minutes(8),
                                         .output_cap = std::size_t{4} << 20}));
  const auto said = saved.out + saved.err;
  if (const auto name = saved_name(said); name && saved.status == 0) return *name;
  return fail(Error::plain(std::format("K3s took no snapshot, which it does only while it runs: {}",
                                       printable(trim(said)))));
}

/// Read by the unit, which may do nothing else. One that ran already may have listed the folder
/// before: so it is asked twice.
Result<Rehearsal> rehearse_by_unit(const std::string& name) {
  for (int tried = 0; tried < 2; ++tried) {
    const auto ran = TRY(sys::run_child(
        {.argv = {"/usr/bin/systemctl", "start", kSnapshotUnit}, .limit = std::chrono::hours(1)}));
    if (ran.status != 0)
      return fail(Error::plain(std::format("start {}: {}", kSnapshotUnit, trim(ran.err))));
    for (const auto& one : TRY(read_known()).book.snapshots) {
      if (one.file.name == name) return one;
    }
  }
  return fail(Error::plain(std::format("{} was taken and is not in {}: is etcd-snapshot-dir set?",
                                       name, k3s::kSnapshotFolder)));
}

int complain(const Error& error) {
  std::println(stderr, "kgnode: {}", error.message());
  return 1;
}

}  // namespace

int list_snapshots(bool json) {
  const auto known = read_known();
  if (!known) return complain(known.error());
  if (json)
    std::println("{}", json::serialize(to_json(*known)));
  else
    std::print("{}", render(*known));
  return 0;
}

int take_snapshot(bool json) {
  const auto name = save();
  if (!name) return complain(name.error());
  const auto found = rehearse_by_unit(*name);
  if (!found) return complain(found.error());
  if (json) {
    std::println("{}",
                 json::serialize(to_json({.book = {.looked = found->looked, .snapshots = {*found}},
                                          .files = {},
                                          .waiting = {}})
                                     .at("snapshots")
                                     .at(0)));
  } else if (found->proven()) {
    std::println("{} is taken and proven restorable: {} keys up to revision {}", *name,
                 found->found.content.keys, found->found.content.revision);
  } else {
    std::println("{} is taken and cannot be restored: {}", *name, found->trouble());
  }
  return found->proven() ? 0 : 1;
}

}  // namespace kgnode::cli
