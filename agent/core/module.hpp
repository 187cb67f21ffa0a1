#pragma once
/// The shape every domain has, and what the reconciler reports about it.
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"
#include "agent/base/task.hpp"
#include "agent/config/config.hpp"

namespace kgnode::core {

/// `lockout`: could cut the operator off.
enum class Risk : std::uint8_t { none, disruptive, lockout };

/// One step for people, the API and the operations log; carries no domain types and no secret.
struct StepView {
  std::string text;    // "set kernel.kptr_restrict"
  std::string before;  // what is there now; empty: nothing
  std::string after;   // what will be there; empty: nothing
  Risk risk = Risk::none;
  bool operator==(const StepView&) const = default;
};

/// `gap`: something wanted cannot be had here. `unknown`: could not be told. Neither is a failure.
/// `pass`: it holds, and the text says how one can tell; only the doctor lists these.
/// `not_applicable`: there is nothing here that it could be asked of, which is no pass.
enum class FindingKind : std::uint8_t { gap, unknown, pass, not_applicable };

struct Finding {
  std::string id;  // "sysctl.kernel.io_uring_disabled", stable: people grep for it
  FindingKind kind = FindingKind::gap;
  std::string text;
  std::string remedy;
  bool operator==(const Finding&) const = default;
};

/// How one rule of an auditor stands, for reports. A domain that has such gives them by a static
/// function `items(want, have)`.
struct Item {
  std::string id;     // ours, as of findings
  std::string rules;  // the auditors' own, with their names: "CIS-D13 1.5.9, ANSSI-BP28, KSPP"
  std::string title;
  FindingKind kind = FindingKind::unknown;
  std::string evidence;
  std::string remedy;
  std::string deviation;  // why this node does not do as a rule says, which it names; or empty
  bool operator==(const Item&) const = default;
};

/// A domain is value types and these parts. Only observe and apply may do I/O; `plan` holds every
/// decision and is static, so that it cannot reach the system.
template <class D>
concept Domain = requires(D& d, const config::Config& config, const typename D::Desired& want,
                          const typename D::Observed& have, const typename D::Step& step) {
  { D::kName } -> std::convertible_to<std::string_view>;
  { D::desired(config) } -> std::same_as<typename D::Desired>;
  { d.observe(want) } -> std::same_as<Task<Result<typename D::Observed>>>;
  { D::plan(want, have) } -> std::same_as<std::vector<typename D::Step>>;
  { D::findings(want, have) } -> std::same_as<std::vector<Finding>>;
  { d.apply(step) } -> std::same_as<Task<Result<>>>;
  { D::view(step) } -> std::same_as<StepView>;
  {
    D::watch_paths(want)
  } -> std::same_as<std::vector<std::string>>;  // files: a change there means drift
};

}  // namespace kgnode::core
