/// Arguments -> verb.
#include "agent/cli/cli.hpp"

#include <chrono>
#include <functional>
#include <iostream>
#include <print>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "agent/audit_look.hpp"
#include "agent/base/units.hpp"
#include "agent/cli/ban_scan.hpp"
#include "agent/cli/check.hpp"
#include "agent/cli/dashboard.hpp"
#include "agent/cli/firewall.hpp"
#include "agent/cli/k3s.hpp"
#include "agent/cli/k3s_install.hpp"
#include "agent/cli/k3s_restore.hpp"
#include "agent/cli/k3s_snapshots.hpp"
#include "agent/cli/remote.hpp"
#include "agent/cli/support_bundle.hpp"
#include "agent/config/load.hpp"
#include "agent/early.hpp"
#include "agent/firstboot/firstboot.hpp"
#include "agent/k3s_look.hpp"
#include "agent/k3s_tell.hpp"
#include "agent/node.hpp"
#include "agent/reboot_work.hpp"
#include "agent/release/run.hpp"
#include "agent/reset.hpp"
#include "agent/slot_work.hpp"
#include "agent/snapshot_work.hpp"
#include "agent/sys/files.hpp"

namespace kgnode::cli {
namespace {

constexpr int kUsage = 64;  // sysexits.h EX_USAGE
constexpr std::chrono::minutes kHealthLimit{10};

/// Everything the arguments can say; each verb reads its own part.
struct Arguments {
  bool json = false;
  bool network = false;
  bool summary = false;
  bool reboot = false;
  bool erase_data = false;
  bool dry_run = false;
  bool others_are_stopped = false;
  bool hold = false;
  bool force = false;
  bool read_only = false;
  unsigned lines = 20;
  std::string file, config, from, to, seed, out, window, jail;
};

using Verb = std::function<int(const Arguments&)>;

std::vector<std::string> find_problems(std::string_view text, std::string_view name) {
  const auto loaded = config::load_text(text, name);
  std::vector<std::string> problems;
  if (loaded.config) return problems;
  for (const auto& diagnostic : loaded.diagnostics) {
    if (diagnostic.severity == config::Severity::error)
      problems.push_back(config::to_line(diagnostic));
  }
  return problems;
}

int firstboot(const Arguments& arguments) {
  return firstboot::run_command({.seed = arguments.seed,
                                 .out = arguments.out,
                                 .network_stage = arguments.network,
                                 .check = find_problems});
}

int check(const Arguments& arguments) {
  CheckRequest request{.format = arguments.json ? Format::json : Format::text};
  if (!arguments.file.empty()) request.file = arguments.file;
  sys::RealFiles files;
  return check_command(request, files, {std::cin, std::cout, std::cerr});
}

int scan_log(const Arguments& arguments) {
  ScanRequest request{.jail = arguments.jail,
                      .config = arguments.config,
                      .summary = arguments.summary,
                      .json = arguments.json,
                      .now = std::chrono::system_clock::now()};
  if (!arguments.file.empty()) request.file = arguments.file;
  return scan_log(request, std::cout, std::cerr);
}

/// As CLI11 wants it: empty when it is one.
std::string is_duration(const std::string& text) {
  return parse_duration(text) ? "" : "a time such as 2m or 90s is expected";
}

/// Builds the tree of verbs; the one that was asked for ends up in `chosen`.
class Grammar {
 public:
  Grammar(CLI::App& app, Arguments& arguments, Verb& chosen)
      : app_(app), arguments_(arguments), chosen_(chosen) {}

  void build() {
    add_local();
    add_changes();
    add_reports();
    add_support();
    add_firewall();
    add_ban();
    add_storage();
    add_image();
    add_k3s();
    add_snapshots();
    add_restore();
  }

 private:
  CLI::App* add(CLI::App& parent, const char* name, const char* help, Verb verb) {
    auto* command = parent.add_subcommand(name, help);
    // Parents are called last: "log verify" is not "log".
    command->callback([this, command, verb = std::move(verb)] {
      if (command->get_subcommands().empty()) chosen_ = verb;
    });
    return command;
  }

  CLI::App* add_json(CLI::App* command) {
    command
        ->add_option_function<std::string>(
            "-o", [this](const std::string& format) { arguments_.json = format == "json"; },
            "text or json")
        ->check(CLI::IsMember({"text", "json"}));
    return command;
  }

  void add_local() {
    add(app_, "run", "the agent", [](const Arguments&) { return run_agent(); });
    add(app_, "early", "load the closed firewall and the bans, before the network",
        [](const Arguments&) { return run_early(); });
    auto* boot = add(app_, "firstboot", "read the instance's first-boot data", firstboot);
    auto* seed = boot->add_option("--seed", arguments_.seed, "read this folder, offline");
    auto* out = boot->add_option("--out", arguments_.out, "write below this folder, offline");
    seed->needs(out);
    out->needs(seed);
    boot->add_flag("--network", arguments_.network, "ask the metadata service")->excludes(seed);
    auto* checking = add_json(add(app_, "check", "validate a configuration", check));
    checking->add_option("FILE", arguments_.file,
                         "default: the one in force; - reads standard input");
  }

  void add_changes() {
    auto* plan = add_json(add(app_, "plan", "what applying would change",
                              [](const Arguments& a) { return show_plan({a.file, a.json}); }));
    plan->add_option("FILE", arguments_.file, "default: the configuration in force");
    auto* apply = add_json(add(app_, "apply", "apply a configuration", [](const Arguments& a) {
      return apply_file({a.file, a.json}, a.window);
    }));
    apply->add_option("FILE", arguments_.file)->required();
    apply->add_option("--confirm-within", arguments_.window, "come back by itself after this time")
        ->check(is_duration);
    add_json(add(app_, "confirm", "keep the unconfirmed change",
                 [](const Arguments& a) { return confirm_change({.json = a.json}); }));
    add_json(add(app_, "revert", "end the unconfirmed change now",
                 [](const Arguments& a) { return revert_change({.json = a.json}); }));
  }

  void add_reports() {
    add_json(add(app_, "status", "the node in one screen",
                 [](const Arguments& a) { return show_status({.json = a.json}); }));
    add(app_, "dashboard", "the node and its cluster on a whole terminal, live",
        [](const Arguments& a) { return show_dashboard(a.read_only); })
        ->add_flag("--read-only", arguments_.read_only, "takes no keys, as on the console");
    add_doctor();
    auto* log =
        add_json(add(app_, "log", "what was done to this node, and by whom",
                     [](const Arguments& a) { return show_log({.json = a.json}, a.lines); }));
    log->add_option("--lines", arguments_.lines, "how many")->check(CLI::Range(1, 1000));
    add_json(add(*log, "verify", "was anything in the log edited, deleted or cut",
                 [](const Arguments& a) { return verify_log({.json = a.json}); }));
  }

  void add_doctor() {
    auto* doctor = add_json(add(
        app_, "doctor", "every check, with its evidence and what to do", [](const Arguments& a) {
          if (!a.file.empty()) return verify_report(a.file, a.to);
          return a.from.empty() ? run_doctor({.json = a.json})
                                : run_benchmark({.json = a.json}, a.from, a.out);
        }));
    auto* profile =
        doctor->add_option("--profile", arguments_.from, "against the rules of an auditor")
            ->check(CLI::IsMember({"cis", "anssi", "k3s-cis"}));
    doctor->add_option("--sign", arguments_.out, "sign the report with this secret key")
        ->needs(profile);
    auto* key = doctor->add_option("--key", arguments_.to, "the public key of --verify");
    auto* verify =
        doctor->add_option("--verify", arguments_.file, "is this report as it was signed, offline");
    verify->needs(key)->excludes(profile);
    key->needs(verify);
  }

  void add_support() {
    auto* bundle = add_json(
        add(app_, "support-bundle", "all that this node can tell, without its secrets, in one file",
            [](const Arguments& a) { return make_support_bundle({a.out, a.to, a.json}); }));
    bundle->add_option("--out", arguments_.out,
                       "a new file; default: one below /var/tmp; - writes to standard output");
    bundle->add_option("--to", arguments_.to,
                       "seal it to this public key, as k3s snapshot-key prints it");
    auto* opening =
        add(app_, "open-bundle", "open a sealed support bundle, offline",
            [](const Arguments& a) { return open_support_bundle(a.file, a.from, a.out); });
    opening->add_option("FILE", arguments_.file, "what support-bundle wrote")->required();
    opening->add_option("--key", arguments_.from, "the secret key that snapshot-key wrote")
        ->required();
    opening->add_option("--out", arguments_.out, "a new file; default: without .sealed; - prints");
  }

  void add_firewall() {
    auto* firewall = app_.add_subcommand("firewall", "the packet filter");
    firewall->require_subcommand(1);
    auto* show = add_json(add(*firewall, "show", "the rules in force", [](const Arguments& a) {
      return a.config.empty() ? show_firewall({.json = a.json})
                              : show_firewall_of(a.config, a.from, a.json);
    }));
    show->add_option("--config", arguments_.config, "of this file, offline");
    show->add_option("--role", arguments_.from, "as this role would have them, with --config")
        ->check(CLI::IsMember({"control-plane", "worker"}));
    auto* why =
        add_json(add(*firewall, "explain", "would this packet pass", [](const Arguments& a) {
          return a.config.empty() ? explain_packet({.json = a.json}, a.from, a.to)
                                  : explain_packet_of(a.config, a.from, a.to, a.json);
        }));
    why->add_option("FROM", arguments_.from, "an address")->required();
    why->add_option("TO", arguments_.to, "ADDRESS:PORT/PROTO, or ADDRESS for a ping")->required();
    why->add_option("--config", arguments_.config, "by this file, offline");
  }

  void add_ban() {
    auto* ban = app_.add_subcommand("ban", "sources of attacks, cut off for a while");
    ban->require_subcommand(1);
    add_json(add(*ban, "list", "bans in force, and what each jail saw",
                 [](const Arguments& a) { return list_bans({.json = a.json}); }));
    auto* adding = add_json(add(*ban, "add", "ban an address or network", [](const Arguments& a) {
      return cli::add_ban({.json = a.json}, a.from, a.window);
    }));
    adding->add_option("ADDR", arguments_.from, "an address or a network")->required();
    adding->add_option("--for", arguments_.window, "how long, such as 1h, which is the default")
        ->check(is_duration);
    auto* lift = add_json(add(*ban, "remove", "lift a ban", [](const Arguments& a) {
      return remove_ban({.json = a.json}, a.from);
    }));
    lift->add_option("ADDR", arguments_.from, "what is banned, or an address of it")->required();
    auto* why = add_json(add(*ban, "why", "the lines that led to a ban", [](const Arguments& a) {
      return explain_ban({.json = a.json}, a.from);
    }));
    why->add_option("ADDR", arguments_.from, "an address")->required();
    auto* scan = add(*ban, "scan", "offences in a log file, offline",
                     [](const Arguments& a) { return scan_log(a); });
    auto* summary =
        scan->add_flag("--summary", arguments_.summary,
                       "who would be banned and for how long, by the times that the lines have; a "
                       "line without one is as old as the one before it");
    add_json(scan)->get_option("-o")->needs(summary);
    scan->add_option("--jail", arguments_.jail, "only what this jail sees");
    scan->add_option("--config", arguments_.config,
                     "with the jails, the times and those never banned of this file");
    scan->add_option("FILE", arguments_.file, "default, and -: standard input");
  }

  void add_storage() {
    auto* storage = app_.add_subcommand("storage", "the data disk");
    storage->require_subcommand(1);
    add_json(add(*storage, "list", "disks, what is on them, and which may become the data disk",
                 [](const Arguments& a) { return list_disks({.json = a.json}); }));
    add_json(add(*storage, "plan", "what is to be done, and what giving up a disk would mean",
                 [](const Arguments& a) { return plan_disk({.json = a.json}); }));
    auto* prepare = add_json(
        add(*storage, "prepare", "lose what is on a disk and make it the data disk",
            [](const Arguments& a) { return prepare_disk({.json = a.json}, a.from, a.to); }));
    prepare->add_option("--disk", arguments_.from, "its name, path, serial or by-id name")
        ->required();
    prepare->add_option("--confirm", arguments_.to, "the token that storage plan prints")
        ->required();
  }

  void add_image() {
    auto* upgrading = add_json(
        add(app_, "upgrade", "write an update into the other slot; without one: how it stands",
            [](const Arguments& a) {
              return a.file.empty() ? show_upgrade({.json = a.json})
                                    : upgrade({.file = a.file, .json = a.json}, a.reboot);
            }));
    auto* source = upgrading->add_option("SOURCE", arguments_.file, "a file or an http(s) URL");
    upgrading->add_flag("--reboot", arguments_.reboot, "then try it at once")->needs(source);
    add_json(add(app_, "rollback", "boot the other slot from now on", [](const Arguments& a) {
      return roll_back({.json = a.json}, a.reboot);
    }))->add_flag("--reboot", arguments_.reboot, "then go there at once");
    auto* rebooting = add_json(
        add(app_, "reboot", "move the pods off this node and reboot it",
            [](const Arguments& a) { return reboot({.json = a.json}, a.window, a.force); }));
    rebooting
        ->add_option("--within", arguments_.window,
                     "how long the pods may take, such as 5m, which is the default")
        ->check(is_duration);
    rebooting->add_flag("--force", arguments_.force, "whatever the cluster says");
    add(app_, "carry-out-reboot", "carry out what reboot asked for; its unit calls it",
        [](const Arguments&) { return run_reboot_work(); });
    auto* resetting = add_json(
        add(app_, "reset", "forget everything and start as if just set up",
            [](const Arguments& a) { return reset({.json = a.json}, a.to, a.erase_data); }));
    resetting->add_option("--confirm", arguments_.to, "the name of this node")->required();
    resetting->add_flag("--erase-data-disk", arguments_.erase_data,
                        "also make the data disk blank; default: it keeps its data");
    add(app_, "carry-out-reset", "carry out what reset asked for; its unit calls it",
        [](const Arguments&) { return run_reset(); });
    add(app_, "release", "give back all that was changed; its package calls it when it is removed",
        [](const Arguments&) { return release::run_release(); });
    add(app_, "write-slot", "carry out what upgrade and rollback asked for; its unit calls it",
        [](const Arguments&) { return run_slot_work(); });
    auto* gate = add(app_, "health-gate", "wait until the node is healthy; its unit calls it",
                     [](const Arguments& a) {
                       return run_health_gate(parse_duration(a.window).value_or(kHealthLimit));
                     });
    gate->add_option("--within", arguments_.window, "how long, such as 10m, which is the default")
        ->check(is_duration);
  }

  void add_k3s() {
    add_json(add(app_, "cluster", "every node as it is seen over the vRack",
                 [](const Arguments& a) { return show_cluster({.json = a.json}); }));
    auto* cluster = app_.add_subcommand("k3s", "the Kubernetes distribution on this node");
    cluster->require_subcommand(1);
    add_json(add(*cluster, "status", "how far this node is in its cluster, and what it waits for",
                 [](const Arguments& a) { return show_k3s({.json = a.json}); }));
    add(app_, "look-at-audit", "ask the kernel's audit for the agent; its unit calls it",
        [](const Arguments&) { return run_audit_look(); });
    add(app_, "look-at-cluster", "ask the servers for the agent; its unit calls it",
        [](const Arguments&) { return run_k3s_look(); });
    add(app_, "tell-cluster", "tell the cluster how this node is; its unit calls it",
        [](const Arguments&) { return run_k3s_tell(); });
    auto* why = add_json(add(*cluster, "diagnose", "why it does not run or join",
                             [](const Arguments& a) { return diagnose_k3s(a.file, a.json); }));
    why->add_option(
        "FILE", arguments_.file,
        "a log; default: the journal of this boot and the agent; - reads standard input");
    auto* install = add(*cluster, "install", "put K3s' program in place, or update it",
                        [](const Arguments& a) { return install_k3s({a.file, a.to}); });
    install->add_option("SOURCE", arguments_.file, "a file or an http(s) URL")->required();
    install->add_option("--sha256", arguments_.to, "the SHA-256 that it must have")->required();
    auto* render = add(*cluster, "render", "what K3s would read here, as files, offline",
                       [](const Arguments& a) { return render_k3s({a.config, a.out, a.from}); });
    render->add_option("--config", arguments_.config, "of this configuration")->required();
    render->add_option("--out", arguments_.out, "write below this folder, which must be empty")
        ->required();
    render
        ->add_option("--start", arguments_.from,
                     "default: initialise on the first server, join on every other node")
        ->check(CLI::IsMember({"initialise", "join", "resume"}));
  }

  void add_snapshots() {
    auto& cluster = *app_.get_subcommand("k3s");
    add(app_, "rehearse-snapshots", "open and read the snapshots of etcd; its unit calls it",
        [](const Arguments&) { return run_snapshot_work(); });
    add_json(add(cluster, "snapshots", "the snapshots of etcd here, proven restorable or why not",
                 [](const Arguments& a) { return list_snapshots(a.json); }));
    add_json(add(cluster, "snapshot", "take a snapshot of etcd now, and prove it restorable",
                 [](const Arguments& a) { return take_snapshot(a.json); }));
    auto* key = add(cluster, "snapshot-key", "make the operator's pair of keys, offline",
                    [](const Arguments& a) { return make_snapshot_key(a.out); });
    key->add_option("--out", arguments_.out, "a new file for the secret one")->required();
    auto* token = add(cluster, "open-token", "the server token out of a sealed one, offline",
                      [](const Arguments& a) { return open_token(a.file, a.from); });
    token->add_option("FILE", arguments_.file, "of /var/lib/kgnode/k3s-tokens")->required();
    token->add_option("--key", arguments_.from, "the secret key that snapshot-key wrote")
        ->required();
  }

  void add_restore() {
    auto& cluster = *app_.get_subcommand("k3s");
    auto* restoring =
        add(cluster, "restore", "make this server the first of the cluster again",
            [](const Arguments& a) {
              return restore_cluster({a.file, a.from, a.dry_run, a.others_are_stopped});
            });
    restoring->add_option("SNAPSHOT", arguments_.file, "its name, or the path of its file")
        ->required();
    restoring->add_flag("--dry-run", arguments_.dry_run, "only check, and show the plan");
    restoring->add_option("--token-file", arguments_.from,
                          "with the server token of the snapshot; default: that of this server");
    restoring->add_flag("--others-are-stopped", arguments_.others_are_stopped,
                        "K3s runs on no other server, although that cannot be told from here");
    auto* rejoining = add(cluster, "rejoin", "put the database aside and join a restored cluster",
                          [](const Arguments& a) { return rejoin_cluster({a.to, a.hold}); });
    rejoining->add_option("--confirm", arguments_.to, "the name of this node")->required();
    rejoining->add_flag("--hold", arguments_.hold, "only stop K3s, and keep it stopped until then");
  }

  CLI::App& app_;
  Arguments& arguments_;
  Verb& chosen_;
};

}  // namespace

int run(int argc, char** argv) {
  CLI::App app("KoproGo Node: the agent and command line of a node", "kgnode");
  app.set_version_flag("--version", KGNODE_VERSION);
  app.require_subcommand(1);
  Arguments arguments;
  Verb chosen;
  Grammar(app, arguments, chosen).build();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  return chosen(arguments);
}

}  // namespace kgnode::cli
