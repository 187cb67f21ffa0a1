#pragma once
/// What the admin API asks of the agent. agent/node.cpp implements it, tests fake it.
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "agent/base/task.hpp"
#include "agent/core/benchmark.hpp"
#include "agent/core/check.hpp"
#include "agent/core/oplog.hpp"
#include "agent/core/reconcile.hpp"

namespace kgnode::api {

enum class Privilege : std::uint8_t { none, read, admin };

/// Who is at the other end of a connection, as the kernel says.
struct Peer {
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
  std::string name;  // of the user; empty when the uid has none
  Privilege privilege = Privilege::none;
};

/// A refusal for the client: an HTTP status, one sentence, and what a program can use
/// (diagnostics).
struct ApiError {
  unsigned status = 500;
  std::string message;
  boost::json::value detail = nullptr;
};

template <class T>
using Answer = std::expected<T, ApiError>;

/// An applied configuration that waits for its confirmation.
struct Pending {
  std::chrono::system_clock::time_point deadline;
  std::chrono::seconds left{0};
  uid_t by_uid = 0;
};

struct DomainStatus {
  core::Condition condition;
  std::optional<std::chrono::system_clock::time_point> last_run;
  std::optional<std::chrono::system_clock::time_point> last_change;
  std::uint64_t heals = 0;  // drift undone since the agent started
};

/// How long after the start of process 1 a phase was reached first in this boot.
struct PhaseTime {
  std::string phase;
  std::chrono::milliseconds after{0};
  bool operator==(const PhaseTime&) const = default;
};

struct Status {
  struct {
    std::string name;
    std::string role;
    std::string environment;
  } node;
  std::string phase;   // booting, hardened, joining, ready, degraded, maintenance
  std::string reason;  // why it is not hardened; empty: it is
  std::vector<PhaseTime> phases;
  std::uint64_t generation = 0;
  struct {
    std::string path;
    std::string sha256;
    std::optional<std::chrono::system_clock::time_point> loaded_at;
  } config;
  std::optional<Pending> pending;
  std::vector<DomainStatus> domains;
  boost::json::value peers = nullptr;       // {"known", "alive", ..., "silent": [{"name","why"}]}
  boost::json::value bans = nullptr;        // {"in_force": ..., "since_start": ..., "jails": [...]}
  boost::json::value first_boot = nullptr;  // {"source": ..., "values": [{"name","value","from"}]}
  std::vector<boost::json::object> changes;  // entries of the operations log, oldest first
};

/// What apply, confirm and revert leave behind.
struct Applied {
  std::uint64_t generation = 0;
  std::vector<core::Condition> domains;
  std::optional<Pending> pending;
};

class Node {
 public:
  virtual ~Node() = default;

  virtual Status status() = 0;
  /// Empty text: the file in force. 422 with {"diagnostics": [...]} when it is not valid.
  virtual Task<Answer<std::vector<core::Condition>>> plan(std::string text) = 0;
  /// Looks at everything, changes nothing.
  virtual Task<std::vector<core::Check>> doctor() = 0;
  virtual Task<std::vector<core::BenchmarkItem>> benchmark(core::Profile profile) = 0;
  /// 422 when it is not valid or would lock the operator out, 409 when another change waits.
  virtual Task<Answer<Applied>> apply(std::string text, std::optional<std::chrono::seconds> window,
                                      Peer by) = 0;
  /// Both: 409 when nothing waits.
  virtual Answer<Applied> confirm(const Peer& by) = 0;
  virtual Task<Answer<Applied>> revert(Peer by) = 0;

  /// {"text": the rules as nft prints them, ...}
  virtual Answer<boost::json::value> firewall_show() = 0;
  /// {"verdict": "pass" | "drop", "text": why, ...}
  virtual Answer<boost::json::value> firewall_explain(const std::string& from,
                                                      const std::string& to) = 0;

  /// {"bans": [...], "jails": [...], "spared": [...]}: in force, what each jail saw, and who would
  /// have been banned but never is.
  virtual Answer<boost::json::value> ban_list() = 0;
  /// 409 with the reason when this source is never banned. {"ban": {...}}
  virtual Answer<boost::json::value> ban_add(const std::string& source, std::chrono::seconds time,
                                             const Peer& by) = 0;
  /// Lifts the ban that covers the source; 404 when there is none. {"ban": {...}}
  virtual Answer<boost::json::value> ban_remove(const std::string& source, const Peer& by) = 0;
  /// {"verdict": "banned" | "was banned" | "never banned" | "not banned", "ban", "reason", "lines"}
  virtual Answer<boost::json::value> ban_why(const std::string& address) = 0;

  /// {"disks": [...]}: every disk, what is on it, and whether it may become the data disk.
  virtual Answer<boost::json::value> storage_list() = 0;
  /// Gives up what is on a disk and prepares it. 404 no such disk, 409 it is not to be had or the
  /// token is not that of the disk as it is now.
  virtual Task<Answer<Applied>> storage_prepare(std::string disk, std::string token, Peer by) = 0;

  /// {"nodes": this one and each that it has heard of, "datagrams", "trouble": why there are none}
  virtual boost::json::value cluster() = 0;

  /// {"readings", "bans": the newest, "drops": by rule, "history": of so many hours}
  virtual boost::json::value figures(std::chrono::hours hours) = 0;

  /// {"stage", "cause", "why", "remedy", "servers": as last seen, "node": as its API shows it}
  virtual boost::json::value k3s_status() = 0;

  /// {"running", "root_hash", "update": the last one, "at_work", "finished", "error", "done",
  /// "total"}
  virtual Task<Answer<boost::json::value>> upgrade_status() = 0;
  /// Both begin and return: 409 without slots, or while one is being written.
  virtual Task<Answer<boost::json::value>> upgrade(std::string source, Peer by) = 0;
  virtual Task<Answer<boost::json::value>> rollback(Peer by) = 0;
  /// {"at_work", "doing": a line, "finished", "error": why it was refused}
  virtual Task<Answer<boost::json::value>> reboot_status() = 0;
  /// Begins and returns; the pods have `within` to move. 409 while one is under way.
  virtual Task<Answer<boost::json::value>> reboot(std::chrono::seconds within, bool force,
                                                  Peer by) = 0;
  /// Forgets everything at the next boot, which begins at once. 409 when the name is not this
  /// node's, or it runs from no image.
  virtual Task<Answer<boost::json::value>> reset(std::string name, bool erase_data, Peer by) = 0;

  virtual Answer<std::vector<boost::json::object>> log_tail(std::size_t count) = 0;
  virtual Answer<core::LogReport> log_verify() = 0;
};

}  // namespace kgnode::api
