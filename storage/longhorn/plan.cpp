/// What a node may mend: the initiator's name, its daemon, and multipath's hands off the volumes.
#include <format>

#include "agent/base/text.hpp"
#include "agent/sys/sha256.hpp"
#include "storage/longhorn/longhorn.hpp"
#include "storage/longhorn/parse_host.hpp"

namespace kgnode::storage {
namespace {

constexpr std::string_view kOurs = "# Written by kgnode";

/// The form that Debian's iscsi-iname gives, made from the node's name: it is the same after the
/// node was set up anew, and another on a clone that has another name.
std::string render_initiator(const std::string& node) {
  return std::format(
      "{}: the iSCSI name of node {}.\n"
      "InitiatorName=iqn.1993-08.org.debian:01:{}\n",
      kOurs, node, sys::sha256_hex("kgnode iscsi initiator\n" + node).substr(0, 12));
}

/// A name that somebody else gave stays: access lists may know it.
bool must_be_named(const std::optional<std::string>& have, const std::string& want) {
  if (!have || !parse_initiator_name(*have)) return true;
  return have->starts_with(kOurs) && *have != want;
}

// As Longhorn's tgt presents a volume.
constexpr std::string_view kBlacklist =
    "# Written by kgnode: multipath holds a volume of Longhorn, and it cannot be mounted.\n"
    "blacklist {\n"
    "\tdevice {\n"
    "\t\tvendor \"IET\"\n"
    "\t\tproduct \"VIRTUAL-DISK\"\n"
    "\t}\n"
    "}\n";

bool is_in(const Longhorn::Observed& have, std::string_view unit, std::string_view state) {
  const auto found = have.units.find(unit);
  return found != have.units.end() && found->second == state;
}

bool can_start(const Longhorn::Observed& have) {
  const bool driver = have.loaded.contains("iscsi_tcp") || have.builtin.contains("iscsi_tcp");
  return driver && have.start_error.empty() && !is_in(have, Longhorn::kDaemon, "not-found");
}

}  // namespace

std::vector<Longhorn::Step> Longhorn::plan(const Desired& want, const Observed& have) {
  std::vector<Step> steps;
  if (!want.wanted) return steps;
  const auto name = render_initiator(want.node);
  if (must_be_named(have.initiator_file, name)) {
    steps.push_back({.action = Action::write_file,
                     .subject = std::string(kInitiatorFile),
                     .before = have.initiator_file.value_or(""),
                     .after = name});
  }
  const bool running = is_in(have, kDaemon, "active") || is_in(have, kSocket, "active");
  if (!running && can_start(have))
    steps.push_back({.action = Action::start, .subject = std::string(kDaemon)});
  const bool multipath =
      is_in(have, kMultipath, "active") || is_in(have, kMultipathSocket, "active");
  if (multipath && have.multipath_file != kBlacklist) {
    steps.push_back({.action = Action::write_file,
                     .subject = std::string(kMultipathFile),
                     .before = have.multipath_file.value_or(""),
                     .after = std::string(kBlacklist)});
    steps.push_back({.action = Action::reload, .subject = std::string(kMultipath)});
  }
  return steps;
}

core::StepView Longhorn::view(const Step& step) {
  switch (step.action) {
    case Action::write_file:
      return {.text = "write " + step.subject, .before = step.before, .after = step.after};
    case Action::start:
      return {.text = "start " + step.subject};
    case Action::reload:
      return {.text = "reload " + step.subject};
  }
  return {};
}

}  // namespace kgnode::storage
