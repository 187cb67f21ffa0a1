#pragma once
/// What the admin API asks, answered from the parts: each verb is recorded, then carried out.
#include <chrono>
#include <functional>
#include <string>

#include "agent/api/node_api.hpp"
#include "agent/base/net.hpp"
#include "agent/commit.hpp"
#include "agent/core/oplog_steps.hpp"
#include "agent/node_status.hpp"
#include "agent/slots/image.hpp"
#include "agent/sys/files.hpp"
#include "agent/sys/units.hpp"
#include "hardening/ban/book.hpp"
#include "hardening/ban/engine.hpp"
#include "k3s/k3s.hpp"
#include "storage/storage.hpp"

namespace kgnode {

class Admin final : public api::Node {
 public:
  struct Parts {
    Commit& commit;
    core::Reconciler& reconciler;
    core::Oplog& oplog;
    const core::OplogSteps& steps;
    hardening::ban::Book& book;
    const hardening::ban::Engine& engine;
    storage::Storage& storage;
    k3s::K3s& k3s;
    slots::Image& image;
    sys::Files& files;
    sys::Units& units;
    std::function<std::vector<api::PhaseTime>()> phases;
    std::function<boost::json::value()> cluster;
    std::function<boost::json::value()> peers;
    std::function<boost::json::value(std::chrono::hours)> figures;
    std::function<CloudInit()> cloud_init;
    std::function<std::string()> first_boot_error;
    std::function<Result<boost::json::value>()> read_first_boot;
    std::function<Result<std::vector<Address>>()> list_addresses;  // of this node, now
    std::string config_path;
  };

  explicit Admin(Parts parts) : parts_(std::move(parts)) {}

  PhaseInput phase_input() const;
  PhaseReport phase() const;

  api::Status status() override;
  Task<std::vector<core::Check>> doctor() override;
  Task<std::vector<core::BenchmarkItem>> benchmark(core::Profile profile) override;
  Task<api::Answer<std::vector<core::Condition>>> plan(std::string text) override;
  Task<api::Answer<api::Applied>> apply(std::string text,
                                        std::optional<std::chrono::seconds> window,
                                        api::Peer by) override;
  api::Answer<api::Applied> confirm(const api::Peer& by) override;
  Task<api::Answer<api::Applied>> revert(api::Peer by) override;
  api::Answer<boost::json::value> firewall_show() override;
  api::Answer<boost::json::value> firewall_explain(const std::string& from,
                                                   const std::string& to) override;
  api::Answer<boost::json::value> ban_list() override;
  api::Answer<boost::json::value> ban_add(const std::string& source, std::chrono::seconds time,
                                          const api::Peer& by) override;
  api::Answer<boost::json::value> ban_remove(const std::string& source,
                                             const api::Peer& by) override;
  api::Answer<boost::json::value> ban_why(const std::string& address) override;
  api::Answer<boost::json::value> storage_list() override;
  Task<api::Answer<api::Applied>> storage_prepare(std::string disk, std::string token,
                                                  api::Peer by) override;
  boost::json::value cluster() override { return parts_.cluster(); }
  boost::json::value figures(std::chrono::hours hours) override { return parts_.figures(hours); }
  boost::json::value k3s_status() override;
  Task<api::Answer<boost::json::value>> upgrade_status() override;
  Task<api::Answer<boost::json::value>> upgrade(std::string source, api::Peer by) override;
  Task<api::Answer<boost::json::value>> rollback(api::Peer by) override;
  Task<api::Answer<boost::json::value>> reboot_status() override;
  Task<api::Answer<boost::json::value>> reboot(std::chrono::seconds within, bool force,
                                               api::Peer by) override;
  Task<api::Answer<boost::json::value>> reset(std::string name, bool erase_data,
                                              api::Peer by) override;
  api::Answer<std::vector<boost::json::object>> log_tail(std::size_t count) override;
  api::Answer<core::LogReport> log_verify() override;

 private:
  boost::json::value summarize_bans() const;
  /// Nothing is changed by somebody without a record of it: an Error here refuses the verb.
  api::Answer<void> record(const api::Peer& by, core::LogEntry entry);
  api::Answer<api::Applied> finish(const api::Peer& by, std::string_view verb,
                                   Answer<std::vector<core::Condition>> outcome);
  std::optional<api::Pending> pending() const;
  Task<api::Answer<boost::json::value>> ask_slot_unit(std::string request, api::Peer by);

  Parts parts_;
};

}  // namespace kgnode
