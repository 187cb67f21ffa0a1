/// What systemctl says about a unit.
#include "agent/sys/systemctl.hpp"

#include "tests/support/catch.hpp"

using kgnode::sys::parse_unit_state;

TEST_CASE(
    "a unit's state tells one that is off from one that waits and one that is not meant to run") {
  struct Row {
    const char* properties;
    const char* state;
  };
  const auto row = GENERATE(
      Row{"LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n", "active"},
      Row{"ActiveState=failed\nLoadState=loaded\nUnitFileState=disabled\n", "failed"},
      Row{"LoadState=not-found\nActiveState=inactive\nUnitFileState=\n", "not-found"},
      Row{"LoadState=loaded\nActiveState=inactive\nUnitFileState=enabled\n", "inactive"},
      Row{"Job=118\nLoadState=loaded\nActiveState=inactive\nUnitFileState=enabled\n", "queued"},
      Row{"LoadState=loaded\nActiveState=inactive\nUnitFileState=disabled\n", "disabled"},
      Row{"LoadState=masked\nActiveState=inactive\nUnitFileState=masked-runtime\n", "disabled"},
      Row{"", ""}, Row{"nonsense", ""});
  CHECK(parse_unit_state(row.properties) == row.state);
}
