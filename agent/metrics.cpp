/// What /metrics says.
#include "agent/metrics.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "k3s/k3s.hpp"

namespace kgnode {
namespace {

using health::Exposition;

constexpr std::array<std::string_view, 6> kPhases = {"booting", "hardened", "joining",
                                                     "ready",   "degraded", "maintenance"};
constexpr std::array kConditions = {core::Phase::unknown, core::Phase::in_sync,
                                    core::Phase::pending, core::Phase::applied,
                                    core::Phase::failed};
constexpr std::array kStages = {k3s::Stage::absent, k3s::Stage::waiting, k3s::Stage::starting,
                                k3s::Stage::ready, k3s::Stage::lost};
constexpr double kTicks = 100;  // in a second, for programs (USER_HZ)

double seconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration<double>(
             std::chrono::floor<std::chrono::seconds>(time).time_since_epoch())
      .count();
}

template <class Rep, class Period>
double seconds(std::chrono::duration<Rep, Period> time) {
  return std::chrono::duration<double>(time).count();
}

std::string_view outcome_of(core::FindingKind kind) {
  switch (kind) {
    case core::FindingKind::pass:
      return "pass";
    case core::FindingKind::gap:
      return "gap";
    case core::FindingKind::not_applicable:
      return "not_applicable";
    case core::FindingKind::unknown:
      break;
  }
  return "unknown";
}

void add_node(Exposition& text, const Metrics& metrics) {
  text.gauge("kgnode_build_info", "The version of the agent; always 1.");
  text.add(1, {{"version", metrics.version}});
  text.gauge("kgnode_phase", "The phase that the node is in is 1.");
  for (const auto phase : kPhases) text.add(phase == metrics.phase, {{"phase", phase}});
  text.gauge("kgnode_k3s_stage", "How far K3s is: its stage is 1.");
  for (const auto stage : kStages)
    text.add(to_string(stage) == metrics.k3s_stage, {{"stage", to_string(stage)}});
  text.gauge("kgnode_k3s_snapshot_timestamp_seconds",
             "When the newest etcd snapshot was taken that can be restored.");
  if (metrics.snapshot) text.add(seconds(*metrics.snapshot));
  text.gauge("kgnode_k3s_certificate_expiry_timestamp_seconds",
             "When the first certificate of K3s on this node ends.");
  if (metrics.certificate) text.add(seconds(*metrics.certificate));
  text.gauge("kgnode_image_info", "The version of the image in the slot that runs; always 1.");
  if (!metrics.image.empty()) text.add(1, {{"version", metrics.image}});
}

void add_checks(Exposition& text, const core::Condition& condition) {
  for (const auto& finding : condition.findings)
    text.add(1, {{"domain", condition.domain},
                 {"check", finding.id},
                 {"outcome", outcome_of(finding.kind)}});
}

void add_domains(Exposition& text, const Metrics& metrics) {
  text.gauge("kgnode_domain_condition", "The condition that a domain is in is 1.");
  for (const auto& domain : metrics.domains) {
    for (const auto condition : kConditions)
      text.add(domain.condition.phase == condition,
               {{"domain", domain.condition.domain}, {"condition", to_string(condition)}});
  }
  text.gauge("kgnode_domain_last_run_timestamp_seconds", "When a domain was looked at last.");
  for (const auto& domain : metrics.domains)
    text.add(seconds(domain.last_run), {{"domain", domain.condition.domain}});
  text.counter("kgnode_domain_heals_total", "Changes by others that were undone.");
  for (const auto& domain : metrics.domains)
    text.add(static_cast<double>(domain.heals), {{"domain", domain.condition.domain}});
  text.gauge("kgnode_check_outcome", "What a check said at its last look; always 1.");
  for (const auto& domain : metrics.domains) add_checks(text, domain.condition);
}

void add_bans(Exposition& text, const Metrics& metrics) {
  text.gauge("kgnode_bans", "Bans in force; a network counts for its family too.");
  text.add(static_cast<double>(metrics.bans.ipv4), {{"kind", "ipv4"}});
  text.add(static_cast<double>(metrics.bans.ipv6), {{"kind", "ipv6"}});
  text.add(static_cast<double>(metrics.bans.networks), {{"kind", "network"}});
  text.add(static_cast<double>(metrics.listed), {{"kind", "listed"}});
  text.counter("kgnode_bans_begun_total", "Bans that began since the agent started.");
  text.add(static_cast<double>(metrics.bans_begun));
  const auto of_jails = [&text, &metrics](std::uint64_t Metrics::Jail::* member) {
    for (const auto& jail : metrics.jails)
      text.add(static_cast<double>(jail.*member), {{"jail", jail.name}});
  };
  text.counter("kgnode_jail_lines_total", "Lines that a jail has read.");
  of_jails(&Metrics::Jail::lines);
  text.counter("kgnode_jail_hits_total", "Lines that were an offence.");
  of_jails(&Metrics::Jail::hits);
  text.counter("kgnode_jail_bans_total", "Bans that a jail began.");
  of_jails(&Metrics::Jail::bans);
}

void add_drops(Exposition& text, const Metrics& metrics) {
  text.counter("kgnode_firewall_dropped_packets_total",
               "Packets that a rule of the firewall has dropped; begins anew with each reload.");
  std::map<std::string_view, std::uint64_t> rules;  // two may be there for the same reason
  for (const auto& drop : metrics.drops) rules[drop.rule] += drop.packets;
  for (const auto& [rule, packets] : rules)
    text.add(static_cast<double>(packets), {{"rule", rule}});
}

void add_spaces(Exposition& text, const health::Readings& now) {
  const auto each = [&text, &now](std::uint64_t sys::MountSpace::* member) {
    for (const auto& [mount, space] : now.spaces) {
      if (space && *space && !(*space)->broken)
        text.add(static_cast<double>((**space).*member), {{"mountpoint", mount}});
    }
  };
  text.gauge("kgnode_filesystem_size_bytes", "Size of a file system.");
  each(&sys::MountSpace::total);
  text.gauge("kgnode_filesystem_free_bytes", "Space that others than root can have.");
  each(&sys::MountSpace::free);
  text.gauge("kgnode_filesystem_inodes", "Inodes of a file system.");
  each(&sys::MountSpace::inodes);
  text.gauge("kgnode_filesystem_free_inodes", "Inodes that are not in use.");
  each(&sys::MountSpace::free_inodes);
}

void add_memory_and_load(Exposition& text, const health::Readings& now) {
  text.gauge("kgnode_memory_size_bytes", "Memory of the node.");
  if (now.memory) text.add(static_cast<double>(now.memory->total));
  text.gauge("kgnode_memory_available_bytes", "Memory that can be had.");
  if (now.memory) text.add(static_cast<double>(now.memory->available));
  text.counter("kgnode_pressure_waiting_seconds_total",
               "Time in which somebody (some) or everybody (full) waited for a resource.");
  for (const auto& [resource, pressure] : now.pressure) {
    if (!pressure) continue;
    text.add(seconds(pressure->some.total), {{"resource", resource}, {"who", "some"}});
    text.add(seconds(pressure->full.total), {{"resource", resource}, {"who", "full"}});
  }
  text.gauge("kgnode_load15", "Load average over 15 minutes.");
  if (now.load) text.add(now.load->fifteen);
  text.gauge("kgnode_processors", "Processor threads.");
  if (now.processors) text.add(now.processors->processors);
  text.counter("kgnode_cpu_seconds_total", "Time of all processors.");
  if (now.processors) {
    text.add(static_cast<double>(now.processors->busy) / kTicks, {{"mode", "busy"}});
    text.add(static_cast<double>(now.processors->idle) / kTicks, {{"mode", "idle"}});
  }
  text.counter("kgnode_oom_kills_total", "Processes that the kernel ended for want of memory.");
  if (now.oom_kills) text.add(static_cast<double>(*now.oom_kills));
}

void add_interface(Exposition& text, const health::Readings& now) {
  const auto* seen = now.interface && *now.interface ? &**now.interface : nullptr;
  text.gauge("kgnode_interface_up", "Whether the interface of the vRack is up, with a carrier.");
  if (now.interface) {
    text.add(seen != nullptr && seen->up && seen->carrier,
             {{"interface", seen != nullptr ? seen->name : std::string_view()}});
  }
  if (seen == nullptr) return;
  text.counter("kgnode_interface_packets_total", "Packets in and out.");
  text.add(static_cast<double>(seen->traffic.packets), {{"interface", seen->name}});
  text.counter("kgnode_interface_errors_total", "Packets with errors, and those dropped.");
  text.add(static_cast<double>(seen->traffic.errors), {{"interface", seen->name}});
}

void add_machine(Exposition& text, const health::Readings& now) {
  text.gauge("kgnode_clock_synchronised", "Whether a time server sets the clock.");
  const auto* clock = now.clock && *now.clock ? &**now.clock : nullptr;
  if (clock != nullptr) text.add(clock->synchronised);
  text.gauge("kgnode_clock_error_seconds", "How far the clock may be off at most.");
  if (clock != nullptr) text.add(seconds(clock->error));
  text.gauge("kgnode_failed_units", "Units of systemd that have failed.");
  if (now.failed_units) text.add(static_cast<double>(now.failed_units->size()));
  text.gauge("kgnode_kernel_tainted", "The kernel's taint bits as a number.");
  if (now.taint) text.add(static_cast<double>(*now.taint));
  text.gauge("kgnode_temperature_celsius", "What a sensor says.");
  if (!now.sensors) return;
  for (std::size_t i = 0; i < now.sensors->size(); ++i) {
    const auto& sensor = (*now.sensors)[i];
    text.add(sensor.celsius, {{"sensor", sensor.name}, {"zone", std::to_string(i)}});
  }
}

void add_energy(Exposition& text, const health::Energy& energy) {
  if (energy.source == health::EnergySource::none) return;
  const auto source = to_string(energy.source);
  text.counter("kgnode_energy_joules_total", "Energy since the agent started; see its source.");
  text.add(energy.joules, {{"source", source}});
  text.gauge("kgnode_power_watts", "Power between the last two looks.");
  text.add(energy.watts, {{"source", source}});
  text.counter("kgnode_energy_co2_grams_total", "Grams of CO2 equivalent of that energy.");
  if (energy.grams) text.add(*energy.grams, {{"source", source}});
  text.gauge("kgnode_energy_request_joules", "Energy for each request served.");
  if (energy.joules_per_request) text.add(*energy.joules_per_request, {{"source", source}});
}

void add_process(Exposition& text, const Metrics::Process& process) {
  text.gauge("process_resident_memory_bytes", "Memory of the agent.");
  text.add(static_cast<double>(process.resident));
  text.counter("process_cpu_seconds_total", "Processor time of the agent.");
  text.add(seconds(process.processor));
  text.gauge("process_start_time_seconds", "When the agent started.");
  text.add(seconds(process.started));
}

}  // namespace

std::string render_metrics(const Metrics& metrics, health::Format format) {
  Exposition text(format);
  add_node(text, metrics);
  add_domains(text, metrics);
  add_bans(text, metrics);
  add_drops(text, metrics);
  if (metrics.readings) {
    add_spaces(text, *metrics.readings);
    add_memory_and_load(text, *metrics.readings);
    add_interface(text, *metrics.readings);
    add_machine(text, *metrics.readings);
  }
  add_energy(text, metrics.energy);
  if (metrics.process) add_process(text, *metrics.process);
  return std::move(text).finish();
}

}  // namespace kgnode
