#include "hardening/baseline/edit.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::hardening;

namespace {

BaselineRow row(BaselineKind kind, std::string key, std::string value) {
  return {.kind = kind, .key = std::move(key), .value = std::move(value)};
}

struct Case {
  BaselineRow row;
  std::string before;
  std::optional<std::string> value;
  std::string after;
};

}  // namespace

TEST_CASE("baseline edit: one line is changed, and nothing else", "[baseline]") {
  const auto umask = row(BaselineKind::blank, "UMASK", "027");
  const auto inactive = row(BaselineKind::equals, "INACTIVE", "45");
  const auto deny = row(BaselineKind::spaced, "deny", "3");
  const auto flag = row(BaselineKind::flag, "even_deny_root", "-");
  const std::vector<Case> cases = {
      {umask, "# UMASK 022\nUMASK\t022\nUMASKS 1\n", "022", "# UMASK 022\nUMASK\t027\nUMASKS 1\n"},
      {umask, "", std::nullopt, "UMASK\t027\n"},
      {umask, "A 1\nUMASK 077\nB 2\nUMASK 022\n", "022", "A 1\nUMASK\t027\nB 2\n"},
      {umask, "no end", std::nullopt, "no end\nUMASK\t027\n"},
      {inactive, "# INACTIVE=-1\nINACTIVE=30\n", "30", "# INACTIVE=-1\nINACTIVE=45\n"},
      {deny, "# deny = 3\n  deny=5\nunlock_time = 600\n", "5",
       "# deny = 3\ndeny = 3\nunlock_time = 600\n"},
      {flag, "# even_deny_root\nsilent\n", std::nullopt,
       "# even_deny_root\nsilent\neven_deny_root\n"},
      {flag, "even_deny_root\n", "", "even_deny_root\n"}};
  for (const auto& one : cases) {
    INFO(one.before);
    CHECK(setting_in(one.before, one.row) == one.value);
    CHECK(with_setting(one.before, one.row) == one.after);
    CHECK(with_setting(one.after, one.row) == one.after);
  }
}
