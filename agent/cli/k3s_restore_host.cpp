/// What a restore does to a node. It blocks, and is a process of its own.
#include "agent/cli/k3s_restore_host.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <format>
#include <thread>

#include "agent/base/text.hpp"
#include "agent/k3s_host.hpp"
#include "agent/sys/run_child.hpp"
#include "k3s/join/paths.hpp"
#include "k3s/render/render.hpp"

namespace kgnode::cli {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// Beside the state of the agent: an image's /etc is gone after a reboot, this is not.
constexpr auto kResetConfig = "/var/lib/kgnode/k3s-reset/config.yaml";
constexpr auto kResetUnit = "kgnode-k3s-reset.service";
constexpr auto kResetLimit = 15min;
constexpr auto kReadyLimit = 10min;

Result<> systemctl(std::vector<std::string> words) {
  std::vector<std::string> argv = {"/usr/bin/systemctl"};
  argv.insert(argv.end(), words.begin(), words.end());
  const auto done = TRY(sys::run_child({.argv = std::move(argv), .limit = 5min}));
  constexpr int kNotLoaded = 5;  // systemctl(1): there is no such unit, so it does not run
  if (done.status == 0 || (words.front() == "stop" && done.status == kNotLoaded)) return {};
  return fail(Error::plain(std::format("systemctl {}: {}", join(words, " "), trim(done.err))));
}

Result<> write_config(sys::Files& files, const std::string& from, std::string_view text,
                      const std::string& to) {
  auto config = k3s::make_reset_config(text);
  if (!config) return fail(std::move(config).error().in(from));
  return files.replace(to, *config, 0600);
}

/// What the agent would write. A new machine that has not started K3s yet has nothing to copy, and
/// without it K3s would take the public address for its own.
Result<std::string> render_config(const config::Config& config) {
  K3sHost host;
  const auto interface = TRY(host.interface_of(config.network.address));
  if (interface.empty())
    return fail(Error::plain("no interface has the address that network.address names"));
  const auto files = k3s::render(
      {.config = config, .interface = interface, .start = k3s::Start::resume, .server = {}});
  return std::ranges::find(files, std::string(k3s::kConfigFile), &k3s::File::path)->text;
}

}  // namespace

Result<> RealRestoreHost::stop() {
  TRY(systemctl({"stop", kResetUnit}));
  return systemctl({"stop", k3s::kServerUnit});
}

Result<> RealRestoreHost::configure() {
  const auto source = std::string(k3s::kConfigFile);
  const std::string target = kResetConfig;
  for (const auto& name : TRY(files_.list(target + ".d")))
    TRY(files_.remove(target + ".d/" + name));
  for (const auto& name : TRY(files_.list(source + ".d"))) {
    const auto lower = to_lower(name);
    if (!lower.ends_with(".yaml") && !lower.ends_with(".yml")) continue;
    const auto text = TRY(files_.read(source + ".d/" + name));
    TRY(write_config(files_, source + ".d/" + name, text.value_or(""), target + ".d/" + name));
  }
  auto text = TRY(files_.read(source));
  if (!text) text = TRY(render_config(config_));
  return write_config(files_, source, *text, target);
}

/// In a unit of its own: when this command is killed the reset can still be found, and stopped.
Result<std::string> RealRestoreHost::reset(const k3s::RestoreRecord& record) {
  const auto done = TRY(sys::run_child(
      {.argv = {"/usr/bin/systemd-run", "--quiet", "--wait", "--pipe", "--collect",
                "--expand-environment=no", std::format("--unit={}", kResetUnit),
                std::format("--property=RuntimeMaxSec={}",
                            std::chrono::seconds(kResetLimit).count()),
                "--", k3s::kBinary, "server", std::format("--config={}", kResetConfig),
                "--cluster-reset", "--cluster-reset-restore-path=" + record.snapshot,
                "--token-file=" + record.token_file,
                // Else the path would be the name of an object in a bucket.
                "--etcd-s3=false"},
       .limit = kResetLimit + 1min,
       .output_cap = std::size_t{64} << 20}));
  return done.out + done.err;
}

Result<std::vector<std::string>> RealRestoreHost::list_databases() {
  return files_.list(kDatabases);
}

Result<std::string> RealRestoreHost::move_database() {
  std::error_code error;
  if (!fs::exists(kDatabases, error)) return std::string();
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto target = std::format("{}-old-{}", kDatabases, now.time_since_epoch().count());
  if (fs::exists(target, error))
    return fail(Error::plain(target + " is there already: try again in a second"));
  fs::rename(kDatabases, target, error);
  if (error)
    return fail(Error(static_cast<std::errc>(error.value()), std::format("move {}", kDatabases)));
  return target;
}

Result<> RealRestoreHost::start() { return systemctl({"start", "--no-block", k3s::kServerUnit}); }

Result<> RealRestoreHost::wait_until_ready() {
  const auto end = std::chrono::steady_clock::now() + kReadyLimit;
  for (;;) {
    const auto asked = sys::run_child(
        {.argv = {k3s::kBinary, "kubectl", "get", "--raw", "/readyz"}, .limit = 20s});
    if (asked && asked->status == 0) return {};
    if (std::chrono::steady_clock::now() >= end) break;
    std::this_thread::sleep_for(2s);
  }
  return fail(
      Error::plain(std::format("the API does not answer within {}: kgnode k3s diagnose says "
                               "why, and this command waits again",
                               kReadyLimit)));
}

}  // namespace kgnode::cli
