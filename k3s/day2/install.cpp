/// The steps of putting K3s' program in place.
#include "k3s/day2/install.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <utility>

#include <boost/json.hpp>

#include "k3s/snapshot/json.hpp"

namespace kgnode::k3s {
namespace {

using Step = InstallStep;
using Say = std::function<void(std::string_view)>;

constexpr std::array kSteps = {std::pair{Step::fetch, std::string_view("fetch")},
                               std::pair{Step::swap, std::string_view("swap")},
                               std::pair{Step::restart, std::string_view("restart")},
                               std::pair{Step::ready, std::string_view("ready")},
                               std::pair{Step::back, std::string_view("back")}};

class Deeds {
 public:
  Deeds(InstallRecord record, InstallHost& host, sys::Files& files, const Say& say)
      : record_(std::move(record)), host_(host), files_(files), say_(say) {}

  Result<> carry_out() {
    if (record_.step == Step::back) return go_back();
    if (is_next(Step::fetch)) {
      // What is refused here has changed nothing, and is not to be finished.
      record_.version = TRY(host_.fetch(record_.sha256));
      TRY(end(Step::fetch));
      say_(std::format("{} is here, its SHA-256 is right", record_.version));
    }
    if (is_next(Step::swap)) {
      TRY(begin(Step::swap));
      const bool replaced = TRY(host_.swap(record_.sha256));
      TRY(end(Step::swap));
      say_(replaced ? "it is in place; the one that was there is kept"
                    : "it is in place; there was none before");
    }
    if (is_next(Step::restart)) {
      TRY(begin(Step::restart));
      if (!TRY(host_.restart())) {
        say_("the agent starts K3s when its turn has come");
        return finish();
      }
      TRY(end(Step::restart));
      say_("K3s restarts");
    }
    TRY(begin(Step::ready));
    const auto ready = host_.wait_until_ready(record_.version);
    if (ready) return finish();
    record_.trouble = ready.error().message();
    return go_back();
  }

 private:
  /// The step was not done yet.
  bool is_next(Step step) const {
    return record_.step < step || (record_.step == step && !record_.done);
  }

  Result<> begin(Step step) { return save(step, false); }
  Result<> end(Step step) { return save(step, true); }

  Result<> save(Step step, bool done) {
    record_.step = step;
    record_.done = done;
    return files_.replace(kInstallRecord, to_text(record_), 0600);
  }

  Result<> finish() {
    TRY(host_.let_others());
    TRY(end(Step::ready));
    say_(std::format("K3s {} is installed", record_.version));
    return {};
  }

  Result<> go_back() {
    TRY(begin(Step::back));
    say_(std::format("the node does not get ready with {}: {}", record_.version, record_.trouble));
    TRY(host_.swap_back());
    (void)TRY(host_.restart());
    const auto ready = host_.wait_until_ready({});
    if (!ready)
      return fail(Error::plain(
          std::format("the K3s that was there before is in place again, and the node is not ready "
                      "with it either: {}; kgnode k3s diagnose says why, and this command waits "
                      "again",
                      ready.error().message())));
    TRY(host_.let_others());
    TRY(end(Step::back));
    return fail(Error::plain(std::format(
        "the node did not get ready with {}, so the K3s that was there before runs again: {}",
        record_.version, record_.trouble)));
  }

  InstallRecord record_;
  InstallHost& host_;
  sys::Files& files_;
  const Say& say_;
};

}  // namespace

std::string_view to_string(InstallStep step) {
  return std::ranges::find(kSteps, step, &decltype(kSteps)::value_type::first)->second;
}

std::string to_text(const InstallRecord& record) {
  return boost::json::serialize(boost::json::object{{"sha256", record.sha256},
                                                    {"version", record.version},
                                                    {"step", to_string(record.step)},
                                                    {"done", record.done},
                                                    {"trouble", record.trouble}}) +
         "\n";
}

Result<std::optional<InstallRecord>> read_install_record(sys::Files& files) {
  const auto text = TRY(files.read(kInstallRecord));
  if (!text) return std::nullopt;
  const auto root = parse_object(*text);
  const auto sha256 = root ? text_at(*root, "sha256") : std::nullopt;
  const auto version = root ? text_at(*root, "version") : std::nullopt;
  const auto done = root ? truth_at(*root, "done") : std::nullopt;
  const auto name = root ? text_at(*root, "step") : std::nullopt;
  const auto step =
      std::ranges::find(kSteps, name.value_or(""), &decltype(kSteps)::value_type::second);
  if (!sha256 || !version || !done || step == kSteps.end())
    return fail(Error::plain(std::format("{} is damaged: remove it", kInstallRecord)));
  return InstallRecord{.sha256 = *sha256,
                       .version = *version,
                       .step = step->first,
                       .done = *done,
                       .trouble = text_at(*root, "trouble").value_or("")};
}

Result<InstallRecord> choose_install(const std::optional<InstallRecord>& known,
                                     const std::string& sha256) {
  const InstallRecord fresh{.sha256 = sha256, .version = {}, .trouble = {}};
  if (!known || known->finished() || known->step == Step::fetch) return fresh;
  if (known->sha256 == sha256) return *known;
  return fail(Error::plain(std::format(
      "the installation of {} was cut off at the step {}: finish it first, with --sha256 {}",
      known->version, to_string(known->step), known->sha256)));
}

std::optional<core::Finding> install_finding(sys::Files& files) {
  core::Finding finding{.id = "k3s.install", .text = {}, .remedy = {}};
  const auto record = read_install_record(files);
  if (!record) {
    finding.kind = core::FindingKind::unknown;
    finding.text = record.error().message();
    finding.remedy = "k3s --version says what is installed";
    return finding;
  }
  if (!*record || (*record)->finished()) {
    if (!*record || (*record)->step == Step::ready) return std::nullopt;
    finding.text = std::format("the node did not get ready with {}, and has the K3s before: {}",
                               (*record)->version, (*record)->trouble);
    finding.remedy = "kgnode k3s install once the reason is mended";
    return finding;
  }
  finding.text = std::format("the installation of {} is at the step {}", (*record)->version,
                             to_string((*record)->step));
  finding.remedy = "when it was cut off, kgnode k3s install, given again, goes on where it was";
  return finding;
}

Result<> carry_out(InstallRecord record, InstallHost& host, sys::Files& files, const Say& say) {
  return Deeds(std::move(record), host, files, say).carry_out();
}

}  // namespace kgnode::k3s
