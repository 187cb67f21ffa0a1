#pragma once
/// The table of what is asked of accounts.
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.hpp"

namespace kgnode::hardening {

struct AccountRow {
  std::string id;
  std::string ids;
  std::string title;
  std::string remedy;
};

Result<std::vector<AccountRow>> parse_account_profile(std::string_view table);
/// The table in the binary.
const std::vector<AccountRow>& account_profile();

}  // namespace kgnode::hardening
