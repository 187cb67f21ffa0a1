/// The table of what is asked of accounts.
#include "hardening/accounts/profile.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <format>

#include "agent/base/table.hpp"
#include "hardening/profiles/profiles.hpp"

namespace kgnode::hardening {

Result<std::vector<AccountRow>> parse_account_profile(std::string_view table) {
  constexpr std::array<std::string_view, 4> kColumns{"id", "ids", "title", "remedy"};
  std::vector<AccountRow> rows;
  for (const auto& cells : TRY(parse_table(table, kColumns))) {
    if (std::ranges::contains(rows, cells[0], &AccountRow::id))
      return fail(Error::plain(std::format("{}: listed twice", cells[0])));
    rows.push_back({std::string(cells[0]), std::string(cells[1]), std::string(cells[2]),
                    std::string(cells[3])});
  }
  return rows;
}

const std::vector<AccountRow>& account_profile() {
  static const auto rows = parse_account_profile(accounts_table());
  assert(rows);  // the table is compiled in and tested
  return *rows;
}

}  // namespace kgnode::hardening
