/// `kgnode k3s restore` and `kgnode k3s rejoin`.
#include "agent/cli/k3s_restore.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <format>
#include <print>

#include "agent/base/text.hpp"
#include "agent/cli/k3s_restore_host.hpp"
#include "agent/config/load.hpp"
#include "agent/node_files.hpp"
#include "agent/sys/etcd_snapshot.hpp"
#include "agent/sys/reach.hpp"
#include "agent/sys/secret.hpp"
#include "k3s/join/paths.hpp"
#include "k3s/snapshot/names.hpp"

namespace kgnode::cli {
namespace {

using config::Config;
using k3s::Deed, k3s::RestoreRecord;
using sys::Reach;

constexpr std::uint16_t kApiPort = 6443;

Result<Config> load_server(sys::Files& files) {
  if (::geteuid() != 0) return fail(Error::plain("only root may do this: use sudo"));
  auto loaded = TRY(config::load_file(files, kConfig));
  if (!loaded.config)
    return fail(Error::plain(std::format("{} has errors: kgnode check names them", kConfig)));
  if (loaded.config->node.role != config::Role::control_plane)
    return fail(Error::plain("this node is a worker: it has no database of the cluster"));
  return *std::move(loaded.config);
}

/// A name stands for a file in K3s' folder.
std::string path_of(const std::string& snapshot) {
  if (!snapshot.contains('/')) return std::string(k3s::kSnapshotFolder) + "/" + snapshot;
  return std::filesystem::absolute(snapshot).lexically_normal().string();
}

Result<std::string> read_digits(sys::Files& files, const std::string& token_file) {
  auto text = TRY(files.read(token_file));
  if (!text) {
    return fail(Error::plain(std::format(
        "{} is not there: give the server token with --token-file; kgnode k3s open-token gets it "
        "out of a sealed one",
        quote(token_file))));
  }
  auto digits = k3s::bootstrap_digits(*text);
  sys::wipe(*text);
  if (!digits) return fail(Error::plain(quote(token_file) + " holds no server token"));
  return *std::move(digits);
}

/// What there is to say of it.
Result<std::string> check_snapshot(sys::Files& files, const RestoreRecord& record) {
  if (k3s::is_compressed(record.snapshot))
    return fail(Error::plain("a compressed snapshot is not looked into: unpack it first"));
  const auto found = TRY(sys::read_etcd_snapshot(record.snapshot));
  if (!found.error.empty())
    return fail(
        Error::plain(std::format("{} cannot be restored: {}; kgnode k3s snapshots lists "
                                 "others",
                                 quote(record.snapshot), found.error)));
  const auto digits = TRY(read_digits(files, record.token_file));
  if (!std::ranges::contains(found.content.bootstraps, digits))
    return fail(Error::plain(std::format(
        "{} belongs to another server token than the one in {}: give it with --token-file",
        quote(record.snapshot), record.token_file)));
  return std::format("its hash is right, {} keys up to revision {} were read, {} opens it",
                     found.content.keys, found.content.revision, record.token_file);
}

std::vector<Address> other_servers(const Config& config) {
  auto others = config.k3s.servers;
  std::erase(others, config.network.address);
  return others;
}

/// Two clusters with the same data and the same nodes would fight over them.
Result<std::string> check_others(const Config& config, bool are_stopped) {
  constexpr auto kLimit = std::chrono::seconds(3);
  const auto others = other_servers(config);
  if (others.empty()) return std::string("there is no other server");
  if (are_stopped) return std::string("the other servers are stopped, as you say");
  const auto reached = sys::reach_all(config.network.address, others, kApiPort, kLimit);
  for (std::size_t i = 0; i < others.size(); ++i) {
    if (reached[i].reach == Reach::open)
      return fail(Error::plain(std::format(
          "K3s runs on {}: stop it there first, with kgnode k3s rejoin --hold --confirm NAME",
          to_string(others[i]))));
    if (reached[i].reach != Reach::refused)
      return fail(Error::plain(std::format(
          "whether K3s runs on {} cannot be told ({}): make sure that it does not, then add "
          "--others-are-stopped",
          to_string(others[i]), reached[i].text.empty() ? "nothing was heard" : reached[i].text)));
  }
  return std::format("K3s runs on none of the {} other servers", others.size());
}

void print_plan(const RestoreRecord& record, const Config& config) {
  std::println("plan");
  std::println("  1  stop {}", k3s::kServerUnit);
  std::println("  2  write a configuration for the reset, without how to get into a cluster");
  std::println("  3  k3s server --cluster-reset --cluster-reset-restore-path={}", record.snapshot);
  std::println("     what is in {}/etcd is kept there as etcd-old-TIME", kDatabases);
  std::println("  4  start {}", k3s::kServerUnit);
  std::println("  5  wait until the API answers");
  if (!other_servers(config).empty())
    std::println("then, on each other server: kgnode k3s rejoin --confirm NAME");
}

int finish(const Result<>& done) {
  if (done) return 0;
  std::println(stderr, "kgnode: {}", done.error().message());
  return 1;
}

void say(std::string_view line) { std::println("done    {}", line); }

/// The record to begin with or to go on with.
Result<RestoreRecord> choose_record(sys::Files& files, const RestoreRequest& request) {
  RestoreRecord wanted{.deed = Deed::restore,
                       .snapshot = path_of(request.snapshot),
                       .token_file = request.token_file.empty() ? std::string(k3s::kServerToken)
                                                                : path_of(request.token_file),
                       .before = {},
                       .trouble = {}};
  const auto known = TRY(k3s::read_restore_record(files));
  if (!known || known->finished()) return wanted;
  if (known->deed == Deed::rejoin)
    return fail(Error::plain("this server is about to rejoin: finish that with kgnode k3s rejoin"));
  if (known->snapshot == wanted.snapshot) {
    std::println("the restore of {} goes on", known->snapshot);
    return *known;
  }
  if (k3s::next_step(*known) >= k3s::RestoreStep::start)
    return fail(Error::plain(std::format(
        "{} is restored already, and K3s about to start: finish that with the same command",
        known->snapshot)));
  std::println("the restore of {} is given up", known->snapshot);
  wanted.before = known->before;  // what was there first is still what is to be kept
  return wanted;
}

Result<> restore(const RestoreRequest& request) {
  sys::RealFiles files;
  const auto config = TRY(load_server(files));
  const auto record = TRY(choose_record(files, request));
  const bool begins = record.step == k3s::RestoreStep::stop;
  std::println("restore {}", record.snapshot);
  // Once K3s has reset, neither the snapshot nor the others decide anything any more.
  if (k3s::next_step(record) <= k3s::RestoreStep::reset) {
    std::println("checked {}", TRY(check_snapshot(files, record)));
    if (begins) std::println("checked {}", TRY(check_others(config, request.others_are_stopped)));
  }
  print_plan(record, config);
  if (request.dry_run) return {};
  RealRestoreHost host(files, config);
  return carry_out(record, host, files, say);
}

/// A server that may give up its database: another one has the cluster's.
Result<> check_rejoin(const Config& config, const RejoinRequest& request, bool held) {
  if (request.confirm != config.node.name)
    return fail(
        Error::plain(std::format("this node is {}, not {}: nothing is done",
                                 quote(config.node.name), quote(printable(request.confirm)))));
  if (request.hold) return {};
  const auto others = other_servers(config);
  const auto reached =
      sys::reach_all(config.network.address, others, kApiPort, std::chrono::seconds(3));
  if (std::ranges::contains(reached, Reach::open, &sys::Reached::reach)) return {};
  return fail(
      Error::plain(std::format("K3s answers on no other server, so there is no cluster to rejoin{}",
                               held ? "; K3s stays stopped here" : "")));
}

Result<> rejoin(const RejoinRequest& request) {
  sys::RealFiles files;
  const auto config = TRY(load_server(files));
  const auto known = TRY(k3s::read_restore_record(files));
  if (known && known->deed == Deed::restore)
    return fail(Error::plain(std::format(
        "the cluster was restored on this server, which has its data: if that is no longer so, "
        "remove {}",
        k3s::kRestoreRecord)));
  const bool goes_on = known && !known->finished();
  const auto record = goes_on ? *known : RestoreRecord{.deed = Deed::rejoin};
  const bool has_database = k3s::next_step(record) <= k3s::RestoreStep::move;
  if (has_database) TRY(check_rejoin(config, request, goes_on));
  RealRestoreHost host(files, config);
  if (!request.hold) return carry_out(record, host, files, say);
  if (!has_database)
    return fail(Error::plain("this server joins again already: finish that without --hold"));
  // As the first step would, and there it ends: the record keeps the agent from starting K3s.
  TRY(files.replace(k3s::kRestoreRecord, k3s::to_text(record), 0600));
  TRY(host.stop());
  say("K3s is stopped, and stays so until: kgnode k3s rejoin --confirm " + config.node.name);
  return {};
}

}  // namespace

int restore_cluster(const RestoreRequest& request) {
  const auto done = restore(request);
  if (done && !request.dry_run) std::println("the cluster is back on this server");
  return finish(done);
}

int rejoin_cluster(const RejoinRequest& request) { return finish(rejoin(request)); }

}  // namespace kgnode::cli
