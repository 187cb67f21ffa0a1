/// What a support bundle has in it.
#include "agent/support/contents.hpp"

#include <array>
#include <string_view>

namespace kgnode::support {
namespace {

using Kind = Source::Kind;

constexpr std::array<std::string_view, 9> kOurUnits = {
    "kgnode",          "kgnode-early",    "kgnode-firstboot", "kgnode-firstboot-net",
    "kgnode-snapshot", "kgnode-k3s-look", "kgnode-k3s-tell",  "kgnode-reboot",
    "kgnode-slot"};
constexpr std::array<std::string_view, 2> kK3sUnits = {"k3s", "k3s-agent"};

void add_answers(std::vector<Source>& all) {
  const auto add = [&all](const char* name, const char* route) {
    all.push_back({.kind = Kind::answer, .name = name, .words = {route}});
  };
  add("agent/status.json", "/v1/status");
  add("agent/cluster.json", "/v1/cluster");
  add("agent/k3s.json", "/v1/k3s");
  add("agent/bans.json", "/v1/ban");
  add("agent/storage.json", "/v1/storage");
  add("agent/image.json", "/v1/upgrade");
  add("agent/reboot.json", "/v1/reboot");
  add("agent/log.json", "/v1/log?limit=1000");
  add("agent/log-verify.json", "/v1/log/verify");
  add("agent/firewall.json", "/v1/firewall");
  add("agent/doctor.json", "/v1/doctor");  // takes longest
}

void add_files(std::vector<Source>& all) {
  const auto add = [&all](const char* name, const char* path, bool may_be_absent = false) {
    all.push_back(
        {.kind = Kind::file, .name = name, .words = {path}, .may_be_absent = may_be_absent});
  };
  add("agent/operations.log", "/var/lib/kgnode/log/operations.log");
  add("agent/first-boot.json", "/run/kgnode/firstboot.json", true);
  add("agent/phase-times", "/run/kgnode/phase-times", true);
  add("agent/snapshots.json", "/var/lib/kgnode/k3s-snapshots.json", true);
  add("k3s/config.yaml", "/etc/rancher/k3s/config.yaml", true);
  add("system/os-release", "/etc/os-release");
  add("system/kernel-command-line", "/proc/cmdline");
  add("system/modules", "/proc/modules", true);
  add("system/memory", "/proc/meminfo");
  add("system/pressure-cpu", "/proc/pressure/cpu", true);
  add("system/pressure-io", "/proc/pressure/io", true);
  add("system/pressure-memory", "/proc/pressure/memory", true);
  add("system/load", "/proc/loadavg");
  add("disks/mounts", "/proc/mounts");
  add("network/sockets", "/proc/net/sockstat", true);
}

void add_commands(std::vector<Source>& all) {
  const auto add = [&all](const char* name, std::vector<std::string> argv,
                          bool may_be_absent = false) {
    all.push_back({.kind = Kind::command,
                   .name = name,
                   .words = std::move(argv),
                   .may_be_absent = may_be_absent});
  };
  add("system/kernel", {"/usr/bin/uname", "-a"});
  add("system/uptime", {"/usr/bin/uptime"});
  add("system/packages", {"/usr/bin/dpkg-query", "--show"}, true);
  add("system/failed-units", {"/usr/bin/systemctl", "--no-pager", "--failed"});
  add("system/units", {"/usr/bin/systemctl", "--no-pager", "--all", "list-units", "kgnode*", "k3s*",
                       "ssh*", "iscsid*", "chrony*", "systemd-networkd*"});
  add("system/boot-times", {"/usr/bin/systemd-analyze", "--no-pager", "blame"});
  // Without the arguments, which may hold a secret.
  add("system/processes", {"/usr/bin/ps", "-eo", "pid,ppid,user,stat,rss,etime,time,comm"});
  add("system/clock", {"/usr/bin/chronyc", "-n", "tracking"}, true);
  add("k3s/version", {"/usr/local/bin/k3s", "--version"}, true);
  // Without the elements of its sets: there may be a million.
  add("firewall/table", {"/usr/sbin/nft", "--terse", "list", "table", "inet", "kgnode"});
  add("firewall/tables", {"/usr/sbin/nft", "list", "tables"});
  add("network/addresses", {"/usr/sbin/ip", "-details", "-statistics", "address"});
  add("network/routes", {"/usr/sbin/ip", "route", "show", "table", "all"});
  add("network/routes6", {"/usr/sbin/ip", "-6", "route"});
  add("network/neighbours", {"/usr/sbin/ip", "neighbour"});
  add("network/listeners", {"/usr/bin/ss", "-Hlntu"});
  add("disks/list", {"/usr/bin/lsblk", "--output",
                     "NAME,SIZE,TYPE,FSTYPE,LABEL,UUID,MOUNTPOINTS,MODEL,SERIAL,ROTA,RO"});
  add("disks/space", {"/usr/bin/df", "--human-readable", "--print-type"});
  add("disks/inodes", {"/usr/bin/df", "--inodes"});
}

void add_journals(std::vector<Source>& all) {
  const auto add = [&all](std::string name, std::vector<std::string> words) {
    all.push_back({.kind = Kind::journal, .name = std::move(name), .words = std::move(words)});
  };
  for (const auto unit : kOurUnits)
    add("journal/" + std::string(unit), {"--unit=" + std::string(unit) + ".service"});
  for (const auto unit : kK3sUnits)
    add("journal/" + std::string(unit), {"--unit=" + std::string(unit) + ".service"});
  add("journal/ssh", {"--unit=ssh.service"});
  add("journal/kernel", {"--dmesg"});
  add("journal/warnings", {"--boot", "--priority=warning"});
  add("journal/boots", {"--list-boots"});
}

void add_environments(std::vector<Source>& all) {
  const auto add = [&all](std::string_view unit) {
    all.push_back({.kind = Kind::environment,
                   .name = "environment/" + std::string(unit),
                   .words = {std::string(unit) + ".service"},
                   .may_be_absent = true});
  };
  add("kgnode");
  for (const auto unit : kK3sUnits) add(unit);
}

}  // namespace

std::vector<Source> sources() {
  std::vector<Source> all;
  add_answers(all);
  add_files(all);
  add_commands(all);
  add_journals(all);
  add_environments(all);
  return all;
}

std::vector<SecretFile> secret_files() {
  const std::string server = "/var/lib/rancher/k3s/server/";
  return {{"k3s server token", server + "token"},
          {"k3s agent token", server + "agent-token"},
          {"k3s node token", server + "node-token"},
          {"k3s passwords", server + "cred/passwd"},
          {"k3s IPsec key", server + "cred/ipsec.psk"},
          {"k3s encryption keys", server + "cred/encryption-config.json"},
          {"k3s node password", "/etc/rancher/node/password"},
          {"k3s S3", "/etc/rancher/k3s/config.yaml.d/50-s3.yaml"},
          {"beacon key", "/var/lib/kgnode/beacon-key"},
          {"operations log key", "/var/lib/kgnode/log/key"}};
}

}  // namespace kgnode::support
