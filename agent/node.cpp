/// Composition root: adapters, domains, reconciler, API, in one readable list.
#include "agent/node.hpp"

#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <format>
#include <memory>
#include <string>
#include <utility>

#include <boost/json.hpp>
#include <systemd/sd-daemon.h>

#include "agent/admin.hpp"
#include "agent/api/server.hpp"
#include "agent/banning.hpp"
#include "agent/beacons.hpp"
#include "agent/cluster_teller.hpp"
#include "agent/commit.hpp"
#include "agent/console_line.hpp"
#include "agent/core/oplog_steps.hpp"
#include "agent/core/reconciler.hpp"
#include "agent/figures.hpp"
#include "agent/firstboot/report.hpp"
#include "agent/health/health.hpp"
#include "agent/health_watch.hpp"
#include "agent/k3s_host.hpp"
#include "agent/node_files.hpp"
#include "agent/node_parts.hpp"
#include "agent/node_report.hpp"
#include "agent/outlet.hpp"
#include "agent/page/page.hpp"
#include "agent/phase_times.hpp"
#include "agent/slots/image.hpp"
#include "agent/state/kept_files.hpp"
#include "agent/state/migrate.hpp"
#include "agent/step_log.hpp"
#include "agent/sys/addresses.hpp"
#include "agent/sys/boot.hpp"
#include "agent/sys/console.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/gauges.hpp"
#include "agent/sys/log.hpp"
#include "agent/sys/loop.hpp"
#include "agent/sys/memory.hpp"
#include "agent/sys/proc_sys.hpp"
#include "agent/sys/real_disks.hpp"
#include "agent/sys/real_process.hpp"
#include "agent/sys/run_child.hpp"
#include "agent/sys/systemctl.hpp"
#include "hardening/accounts/accounts.hpp"
#include "hardening/audit/audit.hpp"
#include "hardening/baseline/baseline.hpp"
#include "hardening/firewall/firewall.hpp"
#include "hardening/modules/modules.hpp"
#include "hardening/ssh/ssh.hpp"
#include "hardening/sysctl/sysctl.hpp"
#include "hardening/time/time.hpp"
#include "k3s/k3s.hpp"
#include "k3s/snapshot/book.hpp"
#include "storage/longhorn/longhorn.hpp"
#include "storage/storage.hpp"

namespace kgnode {
namespace {

using namespace std::chrono_literals;
using sys::Level;

constexpr auto kFirstBoot = "/run/kgnode/firstboot.json";
constexpr auto kToldAtStart = "/run/kgnode/told-at-start";
constexpr int kLargeBlock = 128 << 10;  // as glibc begins with
constexpr auto kDisksSettle = 1s;
constexpr auto kRest = 10s;                     // after the domains have run
constexpr auto kConfigOwner = "configuration";  // its name among the owners of watched files
constexpr auto kCloudInitOwner = "cloud-init";
constexpr auto kCloudInitResult = "/run/cloud-init/result.json";  // written when all is done

void tell(std::string_view message) { sys::log(Level::notice, message); }

/// When the loop has ended.
void restart_and_leave(const std::string& unit) {
  (void)sys::run_child(
      {.argv = {"/usr/bin/systemctl", "--no-block", "restart", unit}, .limit = 2s});
}

class Agent {
 public:
  explicit Agent(Opened opened) : opened_(std::move(opened)) {
    reconciler_.add(std::make_unique<core::DomainModule<hardening::Firewall>>(firewall_));
    reconciler_.add(std::make_unique<core::DomainModule<hardening::Bans>>(banning_.domain()));
    reconciler_.add(std::make_unique<core::DomainModule<hardening::Modules>>(modules_));
    reconciler_.add(std::make_unique<core::DomainModule<hardening::Sysctl>>(sysctl_));
    reconciler_.add(std::make_unique<core::DomainModule<hardening::Ssh>>(ssh_));
    reconciler_.add(std::make_unique<core::DomainModule<hardening::Accounts>>(accounts_));
    reconciler_.add(std::make_unique<core::DomainModule<hardening::Baseline>>(baseline_));
    reconciler_.add(std::make_unique<core::DomainModule<hardening::Audit>>(audit_));
    reconciler_.add(std::make_unique<core::DomainModule<hardening::Time>>(time_));
    reconciler_.add(std::make_unique<core::DomainModule<storage::Storage>>(storage_));
    reconciler_.add(std::make_unique<core::DomainModule<storage::Longhorn>>(longhorn_));
    reconciler_.add(std::make_unique<core::DomainModule<k3s::K3s>>(k3s_));
    reconciler_.add(std::make_unique<core::DomainModule<slots::Image>>(image_));
    reconciler_.add(std::make_unique<core::DomainModule<health::Health>>(health_));
  }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  ~Agent() = default;

  void run() {
    for (const auto& note : opened_.oplog.notes()) sys::log(Level::warning, note);
    loop_.on_signals({SIGTERM, SIGINT}, [this](int) { loop_.stop(); });
    loop_.on_readable(opened_.foreign_edits.fd(), [this] { on_foreign_edit(); });
    loop_.on_readable(opened_.watcher.fd(), [this] { on_file_change(); });
    loop_.on_readable(opened_.disk_events.fd(), [this] { on_disk_event(); });
    if (beacons_.fd() >= 0) loop_.on_readable(beacons_.fd(), [this] { beacons_.on_readable(); });
    if (auto started = banning_.start(); !started)
      sys::log(Level::error, "lines are noticed late: " + started.error().message());
    reconciler_.start([this](std::string_view domain) { on_module_run(domain); });
    if (auto started = health_watch_.start(); !started)
      sys::log(Level::warning, "links are noticed late: " + started.error().message());
    recall_phases();
    take_config();
    beacons_.start();
    opened_.watcher.watch(kCloudInitOwner, {kCloudInitResult});
    loop_.after(kCloudInitWait, [this] { report(); });
    beat();
    report();
    loop_.run();
    ::sd_notify(0, "STOPPING=1");
    banning_.save();
    cluster_teller_.stop();
  }

 private:
  void take_config() {
    commit_.take();
    beacons_.take_config();
    opened_.watcher.watch(kConfigOwner, {kConfig});
    for (const auto& [domain, paths] : reconciler_.watch_paths())
      opened_.watcher.watch(domain, paths);
  }

  void on_foreign_edit() {
    auto edited = opened_.foreign_edits.drain();
    if (edited && !*edited) return;
    sys::log(Level::warning, "somebody else changed the firewall table, healing",
             {{"MODULE", "firewall"}});
    reconciler_.mark_dirty("firewall");
    banning_.book().kernel_may_differ();
    reconciler_.mark_dirty("ban");
  }

  void on_file_change() {
    for (const auto& owner : opened_.watcher.drain()) {
      if (owner == kConfigOwner) {
        take_config();
        report();
      } else if (owner == kCloudInitOwner) {
        report();
      } else {
        reconciler_.mark_dirty(owner);
      }
    }
  }

  /// Not at once: udev gives the device its names meanwhile, and events come in bursts.
  void on_disk_event() {
    if (!opened_.disk_events.drain() || std::exchange(disks_changed_, true)) return;
    loop_.after(kDisksSettle, [this] {
      disks_changed_ = false;
      reconciler_.mark_dirty(storage::Storage::kName);
    });
  }

  void on_health() {
    report();
    figures_.look();
    beacons_.changed();
  }

  /// K3s waits for the clock, so it looks again too.
  void look_at_clock_again() {
    const auto delay = time_.look_again();
    if (!delay || std::exchange(clock_armed_, true)) return;
    loop_.after(*delay, [this] {
      clock_armed_ = false;
      reconciler_.mark_dirty(hardening::Time::kName);
      reconciler_.mark_dirty(k3s::K3s::kName);
    });
  }

  void look_at_k3s_again() {
    const auto delay = k3s_.look_again();
    if (!delay || std::exchange(look_armed_, true)) return;
    loop_.after(*delay, [this] {
      look_armed_ = false;
      reconciler_.mark_dirty(k3s::K3s::kName);
    });
  }

  void on_module_run(std::string_view ran) {
    outlet_.note_round();
    cluster_teller_.look();
    // It watches no files, and comes too often to have memory given back each time.
    if (ran == health::Health::kName) return on_health();
    for (const auto& [domain, paths] : reconciler_.watch_paths())
      opened_.watcher.watch(domain, paths);
    report();
    beacons_.changed();
    look_at_k3s_again();
    look_at_clock_again();
    rest_soon();
  }

  void rest_soon() {
    if (std::exchange(rest_armed_, true)) return;
    loop_.after(kRest, [this] {
      rest_armed_ = false;
      if (const auto done = sys::give_back_memory(); !done)
        sys::log(Level::warning, "memory is not given back: " + done.error().message());
    });
  }

  /// sshd is started after us: it must find its host keys and its rules, or no configuration at
  /// all.
  void tell_ready() {
    const auto& states = reconciler_.states();
    const bool ran = std::ranges::none_of(states, [](const core::ModuleState& state) {
      return state.last_run == std::chrono::system_clock::time_point{};
    });
    if (ran || !commit_.config()) ::sd_notify(0, "READY=1");
  }

  void recall_phases() {
    const auto text = files_.read(kPhaseTimes, sys::Files::kReadLimit);
    if (!text) return sys::log(Level::warning, text.error().message());
    if (!*text) return;
    auto known = parse_phase_times(**text);
    if (!known) return sys::log(Level::warning, known.error().message());
    phases_ = *std::move(known);
  }

  /// Also when somebody asks: the phase may be another one since the last domain ran.
  const std::vector<api::PhaseTime>& note_phases() {
    const auto reached = reached_phases(admin_.phase_input(), reconciler_.states());
    auto phases = add_phases(phases_, reached, sys::read_boot_time() - opened_.start_of_init);
    if (phases == phases_) return phases_;
    phases_ = std::move(phases);
    if (const auto kept = files_.replace(kPhaseTimes, to_text(phases_), 0600); !kept)
      sys::log(Level::warning, kept.error().message());
    return phases_;
  }

  void report() {
    tell_ready();
    (void)note_phases();  // kept
    const auto now = admin_.phase();
    if (const auto said = console_.next(now, reconciler_.states(), clock_.monotonic())) {
      if (const auto told = sys::write_console(*said); !told)
        sys::log(Level::warning, told.error().message());
    }
    const auto line = now.reason.empty() ? now.phase : now.phase + ": " + now.reason;
    if (line == reported_) return;
    reported_ = line;
    sys::log(now.phase == "degraded" || now.phase == "maintenance" ? Level::warning : Level::info,
             line, {{"PHASE", now.phase}});
    ::sd_notifyf(0, "STATUS=%s", line.c_str());
  }

  void beat() {
    std::uint64_t limit = 0;
    if (::sd_watchdog_enabled(0, &limit) <= 0) return;
    ::sd_notify(0, "WATCHDOG=1");
    const auto half =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(limit) / 2);
    loop_.after(half, [this] { beat(); });
  }

  Result<boost::json::value> read_first_boot() {
    const auto text = TRY(files_.read(kFirstBoot, sys::Files::kReadLimit));
    if (!text) return boost::json::value(nullptr);
    boost::system::error_code error;
    auto value = boost::json::parse(*text, error);
    if (error) return fail(Error::plain(std::format("\"{}\" is not JSON", kFirstBoot)));
    return value;
  }

  CloudInit cloud_init() {
    const auto report = firstboot::read_report(files_);
    const auto result = files_.read(kCloudInitResult, sys::Files::kReadLimit);
    return {
        .rules = report && *report && (*report)->source.kind == firstboot::SourceKind::cloud_init,
        .ended = result && *result,
        .waited = std::chrono::floor<std::chrono::seconds>(clock_.monotonic() - started_)};
  }

  std::optional<std::pair<Address, peers::Report>> own_report() {
    const auto& config = commit_.config();
    if (!config) return std::nullopt;
    return std::pair(config->network.address,
                     make_report(*config, admin_.phase(), reconciler_.states()));
  }

  boost::json::object page_json() {
    const auto& config = commit_.config();
    page::Parts parts{.node = config ? config->node.name : std::string(),
                      .cluster = beacons_.view(),
                      .bans = banning_.book().counts(),
                      .listed = banning_.book().listed().size(),
                      .bans_begun = banning_.book().begun(),
                      .figures = figures_.show(24h)};
    if (config && config->node.role == config::Role::control_plane)
      parts.snapshots = read_snapshots();
    return page::make_json(std::move(parts), clock_.wall());
  }

  /// Empty when there is no book, or a damaged one: the doctor tells of that.
  k3s::SnapshotBook read_snapshots() {
    const auto text = files_.read(k3s::kSnapshotBook, sys::Files::kReadLimit);
    if (!text || !*text) return {};
    auto book = k3s::parse_book(**text);
    return book ? *std::move(book) : k3s::SnapshotBook{};
  }

  std::string image_version() {
    const auto seen = image_.read();
    return seen ? seen->running.version : std::string();
  }

  std::string first_boot_error() {
    const auto report = firstboot::read_report(files_);
    if (!report) return report.error().message();
    return *report ? firstboot::first_error(**report) : std::string();
  }

  Opened opened_;
  SystemClock clock_;
  std::chrono::steady_clock::time_point started_ = clock_.monotonic();
  sys::RealFiles files_;
  state::KeptFiles kept_files_{files_, opened_.owned};  // of domains that write below /etc
  sys::RealProcSys proc_sys_;
  sys::Loop loop_;
  sys::RealProcesses processes_{loop_};
  sys::Systemctl units_{processes_};

  hardening::Firewall firewall_{opened_.nftables, files_};
  hardening::Modules modules_{kept_files_, processes_};
  hardening::Sysctl sysctl_{proc_sys_, kept_files_, opened_.owned};
  hardening::Ssh ssh_{kept_files_, processes_, units_};
  hardening::Accounts accounts_{kept_files_, opened_.owned, processes_, units_, clock_};
  hardening::Baseline baseline_{kept_files_};
  hardening::Audit audit_{kept_files_, units_};
  hardening::Time time_{kept_files_, units_};
  sys::RealDisks disks_;
  storage::Storage storage_{disks_, kept_files_, processes_, units_, clock_};
  storage::Longhorn longhorn_{kept_files_, units_};
  K3sHost k3s_host_;
  k3s::K3s k3s_{kept_files_, units_, k3s_host_};
  slots::Image image_{files_};
  sys::RealGauges gauges_;
  health::Health health_{files_, gauges_, processes_, clock_};

  Banning banning_{{.nftables = opened_.nftables,
                    .loop = loop_,
                    .files = files_,
                    .clock = clock_,
                    .tell = tell,
                    .run_domain = [this] { reconciler_.mark_dirty("ban"); }},
                   std::move(opened_.log_sources)};

  BanSharing ban_sharing_{banning_.book(), banning_.engine()};

  std::vector<api::PhaseTime> phases_;
  core::OplogSteps steps_{opened_.oplog, log_step};
  core::Reconciler reconciler_{loop_, clock_, steps_, {}};
  Commit commit_{
      {.files = files_,
       .reconciler = reconciler_,
       .timers = loop_,
       .clock = clock_,
       .moment = [this] { return state::Moment{opened_.boot_id, sys::read_boot_time()}; },
       .tell = tell,
       .paths = {kConfig, kLastGood, kPending}}};
  Admin admin_{{.commit = commit_,
                .reconciler = reconciler_,
                .oplog = opened_.oplog,
                .steps = steps_,
                .book = banning_.book(),
                .engine = banning_.engine(),
                .storage = storage_,
                .k3s = k3s_,
                .image = image_,
                .files = files_,
                .units = units_,
                .phases = [this] { return note_phases(); },
                .cluster = [this] { return beacons_.view(); },
                .peers = [this] { return beacons_.summary(); },
                .figures = [this](auto hours) { return figures_.show(hours); },
                .cloud_init = [this] { return cloud_init(); },
                .first_boot_error = [this] { return first_boot_error(); },
                .read_first_boot = [this] { return read_first_boot(); },
                .list_addresses = sys::list_addresses,
                .config_path = kConfig}};
  Beacons beacons_{
      {.files = files_,
       .timers = loop_,
       .clock = clock_,
       .config = [this] { return commit_.config(); },
       .report =
           [this] { return make_report(*commit_.config(), admin_.phase(), reconciler_.states()); },
       .bans = ban_sharing_,
       .warn = [](std::string_view text) { sys::log(Level::warning, text); }},
      std::move(opened_.seat)};
  Figures figures_{{.clock = clock_,
                    .nftables = opened_.nftables,
                    .book = banning_.book(),
                    .health = health_,
                    .peers = beacons_.table(),
                    .own = [this] { return own_report(); }}};
  api::Server server_{loop_.context(), admin_, std::move(opened_.socket), opened_.groups};
  Outlet outlet_{{.loop = loop_,
                  .files = files_,
                  .clock = clock_,
                  .commit = commit_,
                  .reconciler = reconciler_,
                  .book = banning_.book(),
                  .engine = banning_.engine(),
                  .health = health_,
                  .phase = [this] { return admin_.phase(); },
                  .k3s_stage = [this] { return std::string(to_string(k3s_.progress().stage)); },
                  .image = [this] { return image_version(); },
                  .page = [this] { return page_json(); },
                  .drops = [this] { return figures_.drops(); }},
                 std::move(opened_.outlet)};
  ClusterTeller cluster_teller_{
      {.files = files_,
       .units = units_,
       .clock = clock_,
       .config = [this] { return commit_.config(); },
       .phase = [this] { return admin_.phase(); },
       .states = [this]() -> const auto& { return reconciler_.states(); },
       .has_k3s = [this] { return k3s_.progress().stage != k3s::Stage::absent; },
       .api_answers = [this] { return is_node_shown(k3s_.report()); },
       .start_and_leave = restart_and_leave}};
  HealthWatch health_watch_{loop_, [this] { reconciler_.mark_dirty(health::Health::kName); }};
  std::string reported_;
  ConsoleLine console_;
  bool rest_armed_ = false;
  bool disks_changed_ = false;
  bool look_armed_ = false;
  bool clock_armed_ = false;
};

/// It is started again and again: the console shows it once.
void tell_once(sys::Files& files, const std::string& line) {
  const auto told = files.read(kToldAtStart, sys::Files::kReadLimit);
  if (told && *told == line) return;
  (void)files.replace(kToldAtStart, line, 0600);  // then it is told again
  (void)sys::write_console(line);                 // the journal has it
}

}  // namespace

int run_agent() {
  // glibc keeps large blocks once it has seen some; what a flood needs for a moment must not stay.
  (void)::mallopt(M_MMAP_THRESHOLD, kLargeBlock);  // NOLINT(concurrency-mt-unsafe): no thread yet
  sys::RealFiles files;
  const SystemClock clock;
  // An agent that is restarted by an update of its package comes without an early start.
  const auto brought = state::bring_state(files, state::kStateFolder, state::migrations());
  if (!brought) sys::log(Level::error, brought.error().message());
  if (brought && !brought->empty()) tell(*brought);
  auto opened = open_parts(files, clock);
  if (!opened) {
    const auto line = "the agent cannot start: " + opened.error().message();
    sys::log(Level::error, line);
    tell_once(files, "kgnode: " + line);
    return 1;
  }
  Agent(*std::move(opened)).run();
  return 0;
}

}  // namespace kgnode
