/// `kgnode firstboot`: the two stages of a boot, and the same offline.
#include "agent/firstboot/firstboot.hpp"

#include <algorithm>
#include <format>
#include <print>
#include <thread>

#include "agent/base/text.hpp"
#include "agent/firstboot/host.hpp"
#include "agent/firstboot/memory.hpp"
#include "agent/firstboot/report.hpp"
#include "agent/firstboot/seed.hpp"
#include "agent/firstboot/sources.hpp"
#include "agent/firstboot/write.hpp"
#include "agent/sys/console.hpp"
#include "agent/sys/log.hpp"
#include "agent/sys/run_child.hpp"

namespace kgnode::firstboot {
namespace {

using namespace std::chrono_literals;

constexpr auto kDriveWaitOpenStack = 10s;  // OVH's own tooling waits as long
constexpr auto kDriveWaitElsewhere = 1s;
constexpr auto kLinkWait = 5s;
constexpr auto kServiceWait = 60s;
constexpr int kUsage = 64;

// Drives come with the bus; a container has all its devices from the start.
std::vector<RawSeed> wait_for_drives(sys::Files& files, bool cached, Notes& notes) {
  auto limit = is_openstack_machine(files) && !cached
                   ? std::chrono::milliseconds(kDriveWaitOpenStack)
                   : std::chrono::milliseconds(kDriveWaitElsewhere);
  if (is_container(files)) limit = 0ms;
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    Notes found_notes;
    auto found = read_drives(sys::run_child, found_notes);
    if (!found.empty() || std::chrono::steady_clock::now() >= end) {
      std::ranges::move(found_notes.warnings, std::back_inserter(notes.warnings));
      std::ranges::move(found_notes.errors, std::back_inserter(notes.errors));
      return found;
    }
    std::this_thread::sleep_for(250ms);
  }
}

std::vector<PresentLink> wait_for_links(sys::Files& files, const SeedData& seed) {
  const auto end = std::chrono::steady_clock::now() + (is_container(files) ? 0s : kLinkWait);
  for (;;) {
    auto present = present_links();
    const bool all =
        !seed.network || std::ranges::all_of(seed.network->links, [&present](const Link& link) {
          return link.mac.empty() || std::ranges::contains(present, link.mac, &PresentLink::mac);
        });
    if (all || std::chrono::steady_clock::now() >= end) return present;
    std::this_thread::sleep_for(100ms);
  }
}

std::optional<std::string> text_of(sys::Files& files, const std::string& path) {
  auto text = files.read(path, sys::Files::kReadLimit);
  return text ? std::move(*text) : std::nullopt;
}

// One line that survives a scrolling journal: what, where, and what to type.
void tell_console(const Report& report) {
  if (report.errors.empty()) return;
  const auto told = sys::write_console(std::format(
      "kgnode firstboot: {}; all of it: kgnode status, journalctl -u 'kgnode-firstboot*'",
      first_error(report)));
  if (!told)
    sys::log(sys::Level::warning, told.error().message() + ": the journal and the report have it");
}

int finish(sys::Files& files, const std::string& root, Report report) {
  auto written = files.replace(root + kReportPath, to_json(report), 0644);
  if (!written) report.errors.push_back({kReportPath, written.error().message()});
  for (const auto& note : report.warnings)
    sys::log(sys::Level::warning, note.where + ": " + note.text);
  for (const auto& note : report.errors) sys::log(sys::Level::error, note.where + ": " + note.text);
  if (root.empty()) tell_console(report);
  return report.errors.empty() ? 0 : 1;
}

/// Plans and writes what a source said.
Report take(const RawSeed& raw, const SeedData& seed, Input input, sys::Files& files, Notes notes) {
  input.node_toml = text_of(files, "/etc/kgnode/node.toml");
  if (const auto state = text_of(files, kStatePath)) input.state = parse_state(*state);
  const auto output = plan(seed, input, notes);
  write_output(output, "", files, notes);
  if (raw.source.kind != SourceKind::cache) {
    auto cached = files.replace(kCachePath, to_cache(raw, seed.meta), 0600);
    if (!cached) notes.warn(kCachePath, cached.error().message());
  }
  return {.source = seed.source,
          .values = output.values,
          .warnings = notes.warnings,
          .errors = notes.errors};
}

/// The network of an earlier boot, unless the disk came from another instance.
std::optional<RawSeed> usable_cache(sys::Files& files, Notes& notes) {
  const auto text = text_of(files, kCachePath);
  auto raw = text ? parse_cache(*text) : std::nullopt;
  if (!raw || !is_openstack_machine(files)) return raw;
  Notes ignored;
  const auto id = read_seed(*raw, ignored).meta.instance_id;
  const auto machine = machine_uuid(files);
  if (machine.empty() || id.empty() || to_lower(id) == machine) return raw;
  notes.warn(kCachePath,
             std::format("belongs to the instance {}, this is {}: not used", quote(id), machine));
  return std::nullopt;
}

int local_without_source(const Options& options, sys::Files& files,
                         const std::optional<RawSeed>& cache, Notes notes) {
  Report report{.stage = "local"};
  if (cache) {
    Notes seed_notes = notes;
    const auto seed = read_seed(*cache, seed_notes);
    report = take(*cache, seed, {.present = wait_for_links(files, seed), .check = options.check},
                  files, seed_notes);
    std::erase_if(report.errors,
                  [](const Note& note) { return note.where == "user_data"; });  // asked for below
  } else if (!has_own_network(files)) {
    Output output{.network = fallback_files(present_links())};
    write_output(output, "", files, notes);
    report.values = {{"network", "DHCP on every card", "no local source"}};
    report.warnings = notes.warnings;
    report.errors = notes.errors;
  }
  report.stage = "local";
  auto asked = files.replace(kNeedsNetworkPath, "", 0644);
  if (!asked) report.errors.push_back({kNeedsNetworkPath, asked.error().message()});
  return finish(files, "", std::move(report));
}

int run_local(const Options& options, sys::Files& files) {
  Notes notes;
  const auto cache = usable_cache(files, notes);
  auto drives = wait_for_drives(files, cache.has_value(), notes);
  if (drives.empty()) return local_without_source(options, files, cache, std::move(notes));
  for (std::size_t i = 1; i < drives.size(); ++i) {
    notes.warn(drives[i].source.place,
               std::format("is a second source of first-boot data: {} is taken",
                           drives.front().source.place));
  }
  const auto seed = read_seed(drives.front(), notes);
  auto report =
      take(drives.front(), seed, {.present = wait_for_links(files, seed), .check = options.check},
           files, std::move(notes));
  report.stage = "local";
  return finish(files, "", std::move(report));
}

int run_network(const Options& options, sys::Files& files) {
  Notes notes;
  const auto servers = metadata_servers(sys::list_ethernet_cards());
  const auto raw = ask_metadata_service(servers, kServiceWait);
  (void)files.remove(kNeedsNetworkPath);  // only a mark in /run
  if (!raw) {
    const auto before = read_report(files);
    Report report = before ? before->value_or(Report{}) : Report{};
    report.stage = "network";
    const bool configured = text_of(files, "/etc/kgnode/node.toml").has_value();
    const auto text =
        std::format("no answer ({}){}", raw.error().message(),
                    configured ? "; the node keeps its configuration"
                               : " and no config drive that can be taken: this node has no "
                                 "configuration; kgnode apply FILE "
                                 "gives it one, or make the instance with a config drive");
    (configured ? report.warnings : report.errors).push_back({"metadata service", text});
    return finish(files, "", std::move(report));
  }
  const auto seed = read_seed(*raw, notes);
  auto report = take(*raw, seed, {.present = present_links(), .check = options.check}, files,
                     std::move(notes));
  report.stage = "network";
  const auto reload = sys::run_child({.argv = {"/usr/bin/networkctl", "reload"}});
  if (!reload || reload->status != 0) {
    report.errors.push_back(
        {"networkctl reload", reload ? std::string(trim(reload->err)) : reload.error().message()});
  }
  return finish(files, "", std::move(report));
}

Result<RawSeed> read_seed_folder(sys::Files& files, const std::string& folder) {
  auto raw = TRY(read_folder(files, folder));
  if (raw) return *std::move(raw);
  return fail(
      Error::plain("holds neither openstack/latest/meta_data.json nor meta-data: give a "
                   "folder laid out like a config drive or like NoCloud"));
}

int run_offline(const Options& options, sys::Files& files) {
  const auto raw = read_seed_folder(files, options.seed);
  if (!raw) {
    std::println(stderr, "kgnode firstboot: {}: {}", options.seed, raw.error().message());
    return 1;
  }
  Notes notes;
  const auto seed = read_seed(*raw, notes);
  Input input{.check = options.check};
  // Every listed card counts as present: this machine's own have nothing to do with the seed.
  if (seed.network) {
    for (const auto& link : seed.network->links)
      input.present.push_back({.name = link.name, .mac = link.mac});
  }
  const auto output = plan(seed, input, notes);
  write_output(output, options.out, files, notes);
  Report report{.source = seed.source,
                .stage = "offline",
                .values = output.values,
                .warnings = notes.warnings,
                .errors = notes.errors};
  std::print("{}", to_text(report));
  auto written = files.replace(options.out + kReportPath, to_json(report), 0644);
  if (!written) std::println(stderr, "kgnode firstboot: {}", written.error().message());
  return written && report.errors.empty() ? 0 : 1;
}

}  // namespace

int run_command(const Options& options) {
  sys::RealFiles files;
  if (options.seed.empty() != options.out.empty() ||
      (options.network_stage && !options.seed.empty())) {
    std::println(
        stderr,
        "kgnode firstboot: --seed and --out belong together, and --network goes with neither");
    return kUsage;
  }
  if (!options.seed.empty()) return run_offline(options, files);
  if (cloud_init_rules(files)) {
    const Report report{.source = {.kind = SourceKind::cloud_init, .place = "/usr/bin/cloud-init"},
                        .stage = "local"};
    return finish(files, "", report);
  }
  return options.network_stage ? run_network(options, files) : run_local(options, files);
}

}  // namespace kgnode::firstboot
