/// What putting K3s' program in place does to a node.
#include "agent/cli/k3s_install_host.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <format>
#include <thread>

#include "agent/base/text.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/run_child.hpp"
#include "agent/sys/sha256.hpp"
#include "k3s/day2/peers.hpp"
#include "k3s/join/paths.hpp"

namespace kgnode::cli {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::size_t kProgramLimit = std::size_t{512} << 20;
constexpr auto kReadyLimit = 10min;

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Result<> check(const std::error_code& error, std::string what) {
  if (!error) return {};
  return fail(Error(static_cast<std::errc>(error.value()), std::move(what)));
}

/// The image has its root read-only, and a link there.
std::string resolve(const std::string& path) {
  std::error_code error;
  const auto target = fs::read_symlink(path, error);
  return error ? path : (fs::path(path).parent_path() / target).lexically_normal().string();
}

Result<std::string> hash_of(const std::string& path) {
  sys::RealFiles files;
  const auto bytes = TRY(files.read(path, kProgramLimit));
  return bytes ? sys::sha256_hex(*bytes) : std::string();
}

Result<k3s::Version> version_of(const std::string& program) {
  const auto said = TRY(sys::run_child({.argv = {program, "--version"}, .limit = 60s}));
  const auto version = k3s::parse_version(said.out);
  if (said.status == 0 && version) return *version;
  return fail(Error::plain(std::format("{} --version says no version of K3s: {}", program,
                                       printable(trim(said.out + said.err)))));
}

Result<sys::Output> systemctl(std::vector<std::string> words) {
  words.insert(words.begin(), "/usr/bin/systemctl");
  return sys::run_child({.argv = std::move(words), .limit = 5min});
}

}  // namespace

RealInstallHost::RealInstallHost(const config::Config& config, std::string source)
    : config_(config),
      source_(std::move(source)),
      program_(resolve(k3s::kBinary)),
      api_(is_server()) {}

std::string RealInstallHost::unit() const {
  return is_server() ? k3s::kServerUnit : k3s::kAgentUnit;
}

Result<> RealInstallHost::get_source() const {
  std::error_code error;
  fs::create_directories(fs::path(program_).parent_path(), error);
  TRY(check(error, "make the folder of " + program_));
  if (source_.starts_with("http://") || source_.starts_with("https://")) {
    const auto got = TRY(
        sys::run_child({.argv = {"/usr/bin/curl", "--disable", "--fail", "--location", "--silent",
                                 "--show-error", "--proto", "=http,https", "--max-filesize",
                                 std::to_string(kProgramLimit), "--output", fresh(), "--", source_},
                        .limit = 30min}));
    if (got.status != 0) return fail(Error::plain(printable(trim(got.err))));
  } else {
    fs::copy_file(source_, fresh(), fs::copy_options::overwrite_existing, error);
    TRY(check(error, "read " + quote(printable(source_))));
  }
  fs::permissions(fresh(), fs::perms(0755), error);
  return check(error, "change the mode of " + fresh());
}

/// A refusal leaves nothing behind.
Result<std::string> RealInstallHost::fetch(const std::string& sha256) {
  const auto checked = [this, &sha256]() -> Result<std::string> {
    TRY(get_source());
    const auto found = TRY(hash_of(fresh()));
    // Before it is run for the first time.
    if (found != sha256)
      return fail(Error::plain(std::format("{} has the SHA-256 {}, not {}: it is not installed",
                                           quote(printable(source_)), found, sha256)));
    const auto wanted = TRY(version_of(fresh()));
    TRY(check_versions(wanted));
    TRY(take_turn());
    return to_string(wanted);
  }();
  std::error_code ignored;
  if (!checked) fs::remove(fresh(), ignored);
  return checked;
}

Result<> RealInstallHost::check_versions(const k3s::Version& wanted) const {
  k3s::VersionCase asked{.wanted = wanted,
                         .here = {},
                         .server = is_server(),
                         .joined = exists(k3s::kKubeletCertificate),
                         .servers = {}};
  if (exists(program_)) asked.here = TRY(version_of(program_));
  for (const auto& server : config_.k3s.servers) {
    if (server == config_.network.address) continue;
    asked.servers.push_back(
        {.address = to_string(server), .version = k3s::parse_version(api_.version_of(server))});
  }
  const auto why = k3s::why_not_version(asked);
  if (!why.empty()) return fail(Error::plain(why));
  return {};
}

/// Servers restart one at a time. Workers may at once: their pods run on.
Result<> RealInstallHost::take_turn() const {
  if (!is_server() || !exists(k3s::kEtcdLog)) return {};
  const auto holder = TRY(lock_.take(config_.node.name));
  if (holder != config_.node.name)
    return fail(Error::plain(std::format(
        "{} is about to restart, and only one node at a time does: try again later", holder)));
  const auto why = k3s::why_not_stop(api_.see_peers(), config_.node.name);
  if (why.empty()) return {};
  TRY(lock_.give_back(config_.node.name));
  return fail(Error::plain("without this server etcd would have no quorum to rely on: " + why));
}

Result<bool> RealInstallHost::swap(const std::string& sha256) {
  std::error_code error;
  const bool replaces = exists(program_);
  if (TRY(hash_of(program_)) == sha256) return exists(previous());
  if (replaces) {
    // A second name for the one that runs: at no time is there none under its own.
    fs::remove(previous(), error);
    fs::create_hard_link(program_, previous(), error);
    TRY(check(error, "keep " + program_));
  }
  fs::rename(fresh(), program_, error);
  TRY(check(error, "replace " + program_));
  return replaces;
}

Result<> RealInstallHost::swap_back() {
  // Renamed already, when this is done a second time.
  if (!exists(previous())) return {};
  std::error_code error;
  fs::rename(previous(), program_, error);
  return check(error, "put the K3s before back to " + program_);
}

Result<bool> RealInstallHost::restart() {
  const auto state = TRY(systemctl({"show", "--value", "--property=ActiveState", unit()}));
  const auto found = trim(state.out);
  const bool runs = found == "active" || found == "activating" || found == "failed";
  if (!runs && !exists(k3s::kKubeletCertificate)) return false;
  // One job: between a stop and a start the agent would start it too. Waiting is the next step.
  const auto asked = TRY(systemctl({"restart", "--no-block", unit()}));
  if (asked.status == 0) return true;
  return fail(
      Error::plain(std::format("systemctl restart {}: {}", unit(), printable(trim(asked.err)))));
}

/// K3s that ends again and again does not get ready, however long it is waited for.
bool RealInstallHost::gives_up() const {
  constexpr unsigned kEnds = 5;
  const auto asked = systemctl({"show", "--value", "--property=NRestarts", unit()});
  return asked && parse_int<unsigned>(trim(asked->out)).value_or(0) >= kEnds;
}

/// Empty: there is none.
std::string RealInstallHost::trouble_of(const std::string& version) const {
  const auto active = systemctl({"is-active", unit()});
  if (!active || active->status != 0) return unit() + " has not started";
  const auto reply = api_.call({.path = "/api/v1/nodes/" + config_.node.name});
  if (!reply) return reply.error().message();
  const auto node = k3s::parse_node(reply->body);
  if (!node) return std::format("the API answers with status {}", reply->status);
  if (!node->ready) return "the node is not ready: " + node->text;
  if (is_server() && !node->voter.value_or(false)) return "this server is no voter of etcd";
  if (node->version != version) return std::format("the node says that it has {}", node->version);
  return {};
}

Result<> RealInstallHost::wait_until_ready(const std::string& version) {
  const auto end = std::chrono::steady_clock::now() + kReadyLimit;
  // Of what answers before the restart has begun the version is another one.
  const auto expected = version.empty() ? to_string(TRY(version_of(program_))) : version;
  for (;;) {
    const auto trouble = trouble_of(expected);
    if (trouble.empty()) return {};
    if (gives_up()) return fail(Error::plain("K3s ends again and again: kgnode k3s diagnose"));
    if (std::chrono::steady_clock::now() >= end)
      return fail(Error::plain(std::format("not within {}: {}", kReadyLimit, trouble)));
    std::this_thread::sleep_for(1s);
  }
}

Result<> RealInstallHost::let_others() {
  return is_server() && exists(k3s::kEtcdLog) ? lock_.give_back(config_.node.name) : Result<>{};
}

}  // namespace kgnode::cli
