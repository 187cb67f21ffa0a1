#include "storage/longhorn/longhorn.hpp"
#include "storage/longhorn/parse_host.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/domain_laws.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/fake_units.hpp"

using kgnode::core::Mode, kgnode::core::Phase;
using kgnode::storage::Longhorn, kgnode::storage::parse_initiator_name;

namespace {

const Longhorn::Desired kWanted{.wanted = true, .node = "worker-1"};

struct Host {
  test::FakeFiles files;
  test::FakeUnits units;
  Longhorn longhorn{files, units};

  Host() {
    files.files["/proc/modules"] = "iscsi_tcp 1 0 - Live 0x0\n";
    units.states["iscsid.socket"] = "active";
  }
};

std::vector<std::string> plan_texts(const Longhorn::Observed& have) {
  std::vector<std::string> texts;
  for (const auto& step : Longhorn::plan(kWanted, have)) texts.push_back(Longhorn::view(step).text);
  return texts;
}

using Texts = std::vector<std::string>;

/// In order but for what a test changes.
Longhorn::Observed in_order() {
  return {.initiator_file = "InitiatorName=iqn.1993-08.org.debian:01:0123456789ab\n",
          .units = {{"iscsid.service", "active"}},
          .loaded = {"iscsi_tcp"}};
}

}  // namespace

TEST_CASE("longhorn plan: keeps the laws of a domain", "[longhorn]") {
  Host host;
  test::check_laws(host.longhorn, kWanted);
  CHECK(host.files.modes["/etc/iscsi/initiatorname.iscsi"].mode == 0600);
}

TEST_CASE("longhorn plan: the initiator's name is the node's, and the same each time",
          "[longhorn]") {
  Host host;
  (void)test::reconcile(host.longhorn, kWanted, Mode::enforce);
  const auto first = host.files.files["/etc/iscsi/initiatorname.iscsi"];
  CHECK(parse_initiator_name(first).value_or("").starts_with("iqn.1993-08.org.debian:01:"));
  host.files.files.erase("/etc/iscsi/initiatorname.iscsi");
  (void)test::reconcile(host.longhorn, kWanted, Mode::enforce);
  CHECK(host.files.files["/etc/iscsi/initiatorname.iscsi"] == first);
  // A clone that was given another name of its own.
  (void)test::reconcile(host.longhorn, {.wanted = true, .node = "worker-2"}, Mode::enforce);
  CHECK(host.files.files["/etc/iscsi/initiatorname.iscsi"] != first);
}

TEST_CASE("longhorn plan: a name that somebody else gave stays, a placeholder does not",
          "[longhorn]") {
  auto have = in_order();
  CHECK(plan_texts(have) == Texts{});
  for (const auto* placeholder : {"GenerateName=yes\n", "", "InitiatorName=\n"}) {
    have.initiator_file = placeholder;
    CHECK(plan_texts(have) == Texts{"write /etc/iscsi/initiatorname.iscsi"});
  }
}

TEST_CASE("longhorn plan: iscsid is started only where it can run", "[longhorn]") {
  auto have = in_order();
  have.units = {{"iscsid.service", "inactive"}, {"iscsid.socket", "active"}};
  CHECK(plan_texts(have) == Texts{});
  have.units["iscsid.socket"] = "inactive";
  CHECK(plan_texts(have) == Texts{"start iscsid.service"});
  have.start_error = "no driver";
  CHECK(plan_texts(have) == Texts{});
  have.start_error.clear();
  have.loaded.clear();
  CHECK(plan_texts(have) == Texts{});
  have.builtin = {"iscsi_tcp"};
  have.units["iscsid.service"] = "not-found";
  CHECK(plan_texts(have) == Texts{});
}

TEST_CASE("longhorn plan: multipath is told to leave the volumes alone where it runs",
          "[longhorn]") {
  auto have = in_order();
  have.units["multipathd.socket"] = "active";
  const auto steps = Longhorn::plan(kWanted, have);
  REQUIRE(steps.size() == 2);
  CHECK(plan_texts(have) ==
        Texts{"write /etc/multipath/conf.d/kgnode-longhorn.conf", "reload multipathd.service"});
  have.multipath_file = steps[0].after;
  CHECK(plan_texts(have) == Texts{});
}

TEST_CASE("longhorn plan: nothing is touched on a node without volumes", "[longhorn]") {
  Host host;
  const auto done =
      test::reconcile(host.longhorn, {.wanted = false, .node = "cp-1"}, Mode::enforce);
  CHECK(done.phase == Phase::in_sync);
  CHECK(done.findings.empty());
  CHECK(host.files.writes.empty());
}
