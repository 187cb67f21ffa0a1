/// What smartctl prints of drives in every condition.
#include "agent/sys/smart_report.hpp"

#include <fstream>
#include <sstream>

#include "tests/support/catch.hpp"

using namespace kgnode::sys;
using State = SmartReport::State;

namespace {

std::string text_of(const std::string& name) {
  std::ifstream file(TEST_DATA "/smart/" + name + ".json");
  std::ostringstream text;
  text << file.rdbuf();
  REQUIRE_FALSE(text.str().empty());
  return text.str();
}

}  // namespace

TEST_CASE("smart report: each drive as it says it is", "[smart]") {
  const auto& [name, expected] = GENERATE(table<std::string, SmartReport>({
      {"sata_good", {.state = State::told, .passed = true, .hours = 25799}},
      {"sata_failing",
       {.state = State::told,
        .passed = false,
        .hours = 69444,
        .lost = 88,
        .failing = {"Raw_Read_Error_Rate", "Reallocated_Sector_Ct"}}},
      {"nvme_good",
       {.state = State::told,
        .passed = true,
        .hours = 10423,
        .used = 16,
        .spare = 100,
        .least_spare = 10}},
      {"nvme_worn",
       {.state = State::told,
        .passed = false,
        .hours = 10423,
        .lost = 12,
        .warnings = 5,
        .used = 104,
        .spare = 7,
        .least_spare = 10}},
      {"scsi_good", {.state = State::told, .passed = true, .hours = 22364}},
      {"scsi_errors", {.state = State::told, .passed = false, .hours = 22364, .lost = 9}},
      {"virtual_scsi", {.trouble = "it has no SMART, as virtual disks do"}},
      {"virtio", {.trouble = "/dev/vda: Unable to detect device type"}},
      {"switched_off", {.trouble = "its SMART is switched off"}},
      {"standby", {.state = State::asleep}},
  }));
  INFO(name);
  const auto report = parse_smart_report(text_of(name));
  REQUIRE(report);
  CHECK(*report == expected);
}

TEST_CASE("smart report: what is no report is an error, and half of one too", "[smart]") {
  for (const std::string_view text :
       {"", "{}", "[]", "smartctl 7.4", R"({"smart_status":{"passed":true}})",
        R"({"smartctl":{},"smart_status":{"passed":true})"}) {
    INFO(text);
    CHECK_FALSE(parse_smart_report(text));
  }
  const auto whole = text_of("nvme_worn");
  for (std::size_t size = 0; size + 2 < whole.size(); size += 7)
    CHECK_FALSE(parse_smart_report(whole.substr(0, size)));
}

TEST_CASE("smart report: without a verdict a drive is not well", "[smart]") {
  const auto report = parse_smart_report(R"({"smartctl":{"exit_status":0}})");
  REQUIRE(report);
  CHECK(report->state == State::unavailable);
  CHECK(report->trouble == "it gave no verdict");
}

TEST_CASE("smart report: values of the wrong kind or beyond all measure read as none", "[smart]") {
  const auto report = parse_smart_report(
      R"({"smartctl":[1],"smart_status":{"passed":true},"power_on_time":{"hours":"many"},
          "nvme_smart_health_information_log":{"percentage_used":-1,"available_spare":1e99,
          "media_errors":-5,"critical_warning":99999999999999999999999}})");
  REQUIRE(report);
  CHECK(*report == SmartReport{.state = State::told, .passed = true});
}

TEST_CASE("smart report: a drive's own words cannot harm a terminal", "[smart]") {
  const auto report = parse_smart_report("{\"smartctl\":{\"messages\":[{\"string\":\"\u202e" +
                                         std::string(5000, 'x') + "\",\"severity\":\"error\"}]}}");
  REQUIRE(report);
  CHECK(report->trouble.size() < 300);
  CHECK_FALSE(report->trouble.contains("\u202e"));
}
