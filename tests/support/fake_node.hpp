#pragma once
/// A node that answers with fixed values and writes down what it was asked to change.
#include <format>
#include <string>
#include <vector>

#include "agent/api/node_api.hpp"
#include "agent/base/units.hpp"

namespace test {

inline std::chrono::system_clock::time_point at_second(int second) {
  return std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::hours(9) +
         std::chrono::seconds(second);
}

inline kgnode::core::Condition make_condition() {
  using namespace kgnode::core;  // NOLINT(google-build-using-namespace): a test helper
  return {.domain = "sysctl",
          .phase = Phase::pending,
          .steps = {{"set kernel.kptr_restrict", "0", "2", Risk::none},
                    {"set net.ipv4.tcp_rfc1337", "", "1", Risk::disruptive}},
          .findings = {{"sysctl.kernel.io_uring_disabled", FindingKind::gap,
                        "this kernel has no kernel.io_uring_disabled", "use Linux 6.6 or newer"}}};
}

struct FakeNode final : kgnode::api::Node {
  using Applied = kgnode::api::Applied;
  template <class T>
  using Answer = kgnode::api::Answer<T>;

  std::vector<std::string> changes;  // "apply 2m by 0"
  std::optional<kgnode::api::ApiError> refusal;

  kgnode::api::Status status() override {
    kgnode::api::Status status;
    status.node = {"cp-1", "control-plane", "production"};
    status.phase = "hardened";
    status.phases = {{"booting", std::chrono::milliseconds(0)},
                     {"hardened", std::chrono::milliseconds(2143)}};
    status.generation = 7;
    status.config = {"/etc/kgnode/node.toml", std::string(64, 'a'), at_second(0)};
    status.domains = {{make_condition(), at_second(5), std::nullopt}};
    return status;
  }
  kgnode::Task<Answer<std::vector<kgnode::core::Condition>>> plan(std::string text) override {
    if (text.contains("broken")) {
      co_return std::unexpected(kgnode::api::ApiError{
          422,
          "the configuration is not valid",
          {{"diagnostics",
            boost::json::array{{{"file", "node.toml"}, {"line", 1}, {"message", "no"}}}}}});
    }
    co_return std::vector{make_condition()};
  }
  boost::json::value cluster() override { return {{"trouble", "none"}}; }
  boost::json::value figures(std::chrono::hours hours) override {
    return {{"hours", hours.count()}};
  }
  boost::json::value k3s_status() override { return {{"stage", "absent"}}; }
  kgnode::Task<std::vector<kgnode::core::Check>> doctor() override {
    co_return kgnode::core::make_checks(make_condition());
  }
  kgnode::Task<std::vector<kgnode::core::BenchmarkItem>> benchmark(
      kgnode::core::Profile profile) override {
    const std::vector conditions{make_condition()};
    co_return kgnode::core::make_benchmark(profile, conditions);
  }
  kgnode::Task<Answer<Applied>> apply(std::string, std::optional<std::chrono::seconds> window,
                                      kgnode::api::Peer by) override {
    if (refusal) co_return std::unexpected(*refusal);
    changes.push_back(
        std::format("apply {} by {}", window ? kgnode::to_string(*window) : "-", by.uid));
    co_return Applied{8, {make_condition()}, std::nullopt};
  }
  Answer<Applied> confirm(const kgnode::api::Peer& by) override {
    if (refusal) return std::unexpected(*refusal);
    changes.push_back(std::format("confirm by {}", by.uid));
    return Applied{8, {}, std::nullopt};
  }
  kgnode::Task<Answer<Applied>> revert(kgnode::api::Peer by) override {
    if (refusal) co_return std::unexpected(*refusal);
    changes.push_back(std::format("revert by {}", by.uid));
    co_return Applied{9, {}, std::nullopt};
  }
  Answer<boost::json::value> firewall_show() override {
    return boost::json::value{{"text", "table inet kgnode {\n}\n"}};
  }
  Answer<boost::json::value> firewall_explain(const std::string& from,
                                              const std::string& to) override {
    return boost::json::value{{"verdict", "drop"}, {"text", from + " to " + to}};
  }
  Answer<boost::json::value> ban_list() override {
    return boost::json::value{{"bans", boost::json::array{}}};
  }
  Answer<boost::json::value> ban_add(const std::string& source, std::chrono::seconds time,
                                     const kgnode::api::Peer& by) override {
    if (refusal) return std::unexpected(*refusal);
    changes.push_back(std::format("ban {} for {} by {}", source, kgnode::to_string(time), by.uid));
    return boost::json::value{{"ban", {{"source", source}}}};
  }
  Answer<boost::json::value> ban_remove(const std::string& source,
                                        const kgnode::api::Peer& by) override {
    if (refusal) return std::unexpected(*refusal);
    changes.push_back(std::format("lift {} by {}", source, by.uid));
    return boost::json::value{{"ban", {{"source", source}}}};
  }
  Answer<boost::json::value> ban_why(const std::string& address) override {
    return boost::json::value{{"verdict", "not banned"}, {"reason", address}};
  }
  Answer<boost::json::value> storage_list() override {
    return boost::json::value{{"disks", boost::json::array{}}};
  }
  kgnode::Task<Answer<kgnode::api::Applied>> storage_prepare(std::string disk, std::string token,
                                                             kgnode::api::Peer by) override {
    if (refusal) co_return std::unexpected(*refusal);
    changes.push_back(std::format("prepare {} with {} by {}", disk, token, by.uid));
    co_return Applied{9, {}, std::nullopt};
  }
  kgnode::Task<Answer<boost::json::value>> upgrade_status() override {
    co_return boost::json::value{{"running", "1.0.0"}};
  }
  kgnode::Task<Answer<boost::json::value>> begin(std::string what) {
    if (refusal) co_return std::unexpected(*refusal);
    changes.push_back(std::move(what));
    co_return boost::json::value{{"begun", true}};
  }
  kgnode::Task<Answer<boost::json::value>> upgrade(std::string source,
                                                   kgnode::api::Peer by) override {
    return begin(std::format("upgrade {} by {}", source, by.uid));
  }
  kgnode::Task<Answer<boost::json::value>> rollback(kgnode::api::Peer by) override {
    return begin(std::format("rollback by {}", by.uid));
  }
  kgnode::Task<Answer<boost::json::value>> reboot_status() override {
    co_return boost::json::value{{"at_work", false}};
  }
  kgnode::Task<Answer<boost::json::value>> reboot(std::chrono::seconds within, bool force,
                                                  kgnode::api::Peer by) override {
    return begin(std::format("reboot {} {} by {}", within.count(), force, by.uid));
  }
  kgnode::Task<Answer<boost::json::value>> reset(std::string name, bool erase_data,
                                                 kgnode::api::Peer by) override {
    return begin(std::format("reset {} {} by {}", name, erase_data, by.uid));
  }
  Answer<std::vector<boost::json::object>> log_tail(std::size_t count) override {
    return std::vector<boost::json::object>(std::min<std::size_t>(count, 2),
                                            boost::json::object{{"seq", 1}});
  }
  Answer<kgnode::core::LogReport> log_verify() override {
    return kgnode::core::LogReport{.entries = 3, .last = {3, std::string(64, 'b')}};
  }
};

}  // namespace test
