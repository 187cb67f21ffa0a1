/// What the node says over HTTP on the vRack.
#include "agent/outlet.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <format>

#include "agent/base/text.hpp"
#include "agent/page/page.hpp"
#include "agent/sys/boot.hpp"
#include "k3s/day2/certificates.hpp"
#include "k3s/snapshot/book.hpp"

namespace kgnode {
namespace {

using namespace std::chrono_literals;

// Certificates are some ten files, which change once in months.
constexpr auto kDatesEach = 60s;
// Each open page asks every 5 s: however many there are, it is made once.
constexpr auto kPageEach = 2s;

std::optional<Metrics::Process> read_process(sys::Files& files, const Clock& clock) {
  const auto stat = files.read("/proc/self/stat");
  const auto statm = files.read("/proc/self/statm");
  rusage used{};
  if (!stat || !*stat || !statm || !*statm || ::getrusage(RUSAGE_SELF, &used) < 0)
    return std::nullopt;
  const auto ticks = sys::parse_start_ticks(**stat);
  const auto words = split_words(trim(**statm));
  const auto pages = words.size() > 1 ? parse_int<std::uint64_t>(words[1]) : std::nullopt;
  if (!ticks || !pages) return std::nullopt;
  const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const std::chrono::milliseconds after_boot(*ticks * 1000 / per_second);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) +
           std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::microseconds(time.tv_usec));
  };
  return Metrics::Process{.resident = *pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)),
                          .processor = of(used.ru_utime) + of(used.ru_stime),
                          .started = clock.wall() - (sys::read_boot_time() - after_boot)};
}

std::optional<std::chrono::system_clock::time_point> newest_snapshot(sys::Files& files) {
  const auto text = files.read(k3s::kSnapshotBook);
  if (!text || !*text) return std::nullopt;
  const auto book = k3s::parse_book(**text);
  if (!book) return std::nullopt;
  std::optional<std::chrono::system_clock::time_point> newest;
  for (const auto& one : book->snapshots) {
    if (one.proven() && (!newest || one.taken() > *newest)) newest = one.taken();
  }
  return newest;
}

std::optional<std::chrono::system_clock::time_point> first_expiry(sys::Files& files,
                                                                  const Clock& clock) {
  const auto facts =
      k3s::read_certificate_facts(files, std::chrono::floor<std::chrono::seconds>(clock.wall()));
  if (!facts) return std::nullopt;
  std::optional<std::chrono::system_clock::time_point> first;
  for (const auto& certificate : facts->found) {
    const auto& validity = certificate.validity;
    if (validity && (!first || validity->until < *first)) first = validity->until;
  }
  return first;
}

}  // namespace

api::Page health_page(std::chrono::steady_clock::duration since_round) {
  if (since_round < kRoundIsStale) return {.status = 200, .body = "ok\n"};
  return {.status = 503,
          .body = std::format("nothing has been looked at for {}: journalctl -u kgnode\n",
                              std::chrono::floor<std::chrono::minutes>(since_round))};
}

api::Page ready_page(const PhaseReport& phase, const std::optional<k3s::RebootRecord>& reboot) {
  // With the lock alone nothing is moved yet.
  if (reboot && reboot->step != k3s::RebootStep::lock)
    return {.status = 503, .body = "reboot: pods are moved away, or not yet allowed back\n"};
  if (phase.phase == "ready") return {.status = 200, .body = "ready\n"};
  const auto why = phase.reason.empty() ? std::string() : ": " + printable(phase.reason);
  return {.status = 503, .body = phase.phase + why + "\n"};
}

api::Page web_page() {
  const auto html = page::html();
  return {.status = 200,
          .content_type = "text/html; charset=utf-8",
          .body = std::string(html),
          .headers = {{"Content-Security-Policy", page::security_policy(html)},
                      {"Referrer-Policy", "no-referrer"},
                      {"X-Frame-Options", "DENY"},
                      {"Cross-Origin-Opener-Policy", "same-origin"}}};
}

Outlet::Outlet(Parts parts, UniqueFd listening)
    : parts_(std::move(parts)),
      server_(parts_.loop.context(),
              {.is_ours = [this](const Address& local) { return is_ours(local); },
               .find = [this](const std::string& path,
                              const std::string& accept) { return find(path, accept); }},
              std::move(listening)) {}

bool Outlet::is_ours(const Address& local) const {
  const auto& config = parts_.commit.config();
  return config && config->network.address == local;
}

std::optional<api::Page> Outlet::find(const std::string& path, const std::string& accept) {
  if (path == "/healthz") return health_page(parts_.clock.monotonic() - last_round_);
  if (path == "/metrics") return metrics_page(accept);
  const auto& config = parts_.commit.config();
  if (config && config->health.page && path == "/") return web_page();
  if (config && config->health.page && path == "/page.json") return page_data();
  if (path != "/readyz") return std::nullopt;
  const auto reboot = k3s::read_reboot_record(parts_.files);
  if (!reboot) return api::Page{.status = 503, .body = printable(reboot.error().message()) + "\n"};
  return ready_page(parts_.phase(), *reboot);
}

api::Page Outlet::page_data() {
  const auto now = parts_.clock.monotonic();
  if (!page_made_ || now - *page_made_ >= kPageEach) {
    page_data_ = boost::json::serialize(parts_.page());
    page_made_ = now;
  }
  return {.status = 200, .content_type = "application/json", .body = page_data_};
}

api::Page Outlet::metrics_page(const std::string& accept) {
  const auto format = health::choose_format(accept);
  return {.status = 200,
          .content_type = std::string(content_type(format)),
          .body = render_metrics(gather(), format)};
}

Metrics Outlet::gather() {
  Metrics metrics{.version = KGNODE_VERSION,
                  .phase = parts_.phase().phase,
                  .domains = parts_.reconciler.states(),
                  .readings = parts_.health.readings(),
                  .energy = parts_.health.energy(),
                  .k3s_stage = parts_.k3s_stage(),
                  .snapshot = dates().snapshot,
                  .certificate = dates().certificate,
                  .image = parts_.image(),
                  .process = read_process(parts_.files, parts_.clock),
                  .drops = parts_.drops()};
  add_bans(metrics);
  return metrics;
}

const Outlet::Dates& Outlet::dates() {
  const auto now = parts_.clock.monotonic();
  if (dated_ && now - *dated_ < kDatesEach) return dates_;
  dated_ = now;
  dates_ = {.snapshot = newest_snapshot(parts_.files),
            .certificate = first_expiry(parts_.files, parts_.clock)};
  return dates_;
}

void Outlet::add_bans(Metrics& metrics) const {
  metrics.bans = parts_.book.counts();
  metrics.listed = parts_.book.listed().size();
  metrics.bans_begun = parts_.book.begun();
  const auto& jails = parts_.engine.jails();
  for (std::size_t i = 0; i < jails.size(); ++i) {
    const auto& seen = parts_.engine.counters()[i];
    metrics.jails.push_back(
        {.name = jails[i].rule.jail, .lines = seen.lines, .hits = seen.hits, .bans = seen.bans});
  }
}

}  // namespace kgnode
