/// Each directive as auditors know it, judged by what sshd itself says it does.
#include <algorithm>
#include <array>
#include <cassert>
#include <format>

#include "agent/base/table.hpp"
#include "agent/base/text.hpp"
#include "hardening/profiles/profiles.hpp"
#include "hardening/ssh/ssh.hpp"

namespace kgnode::hardening {
namespace {

using core::FindingKind;

void judge(core::Item& item, const Ssh::Directive& directive, const Ssh::Observed& have) {
  const auto option = to_lower(directive.first);
  if (have.effective.empty()) {
    item.evidence = "sshd does not tell its settings: " + have.effective_error;
    item.remedy = "run \"sshd -t\" and mend the file that it names";
    return;
  }
  item.kind = FindingKind::pass;
  item.evidence = std::format("sshd -T: {} {}", option, directive.second);
  for (const auto& effective : have.effective) {
    if (is_in_force(option, directive.second, effective)) continue;
    const auto now = effective.find(option);
    item.kind = FindingKind::gap;
    item.evidence = std::format("sshd -T: {} {} instead of {}", option,
                                now == effective.end() ? "is not set" : join(now->second, ", "),
                                directive.second);
    item.remedy = "kgnode status names the file that says otherwise";
  }
}

void judge_mode(core::Item& item, bool holds, std::string what) {
  item.kind = holds ? FindingKind::pass : FindingKind::gap;
  item.evidence = std::move(what) + (holds ? " 0600 and root's" : " not 0600 and root's");
  if (!holds) item.remedy = "kgnode plan shows what is to be done";
}

}  // namespace

Result<std::vector<SshRow>> parse_ssh_profile(std::string_view table) {
  constexpr std::array<std::string_view, 4> kColumns{"directive", "ids", "title", "conflict"};
  std::vector<SshRow> rows;
  for (const auto& cells : TRY(parse_table(table, kColumns))) {
    if (std::ranges::contains(rows, cells[0], &SshRow::directive))
      return fail(Error::plain(std::format("{}: listed twice", cells[0])));
    rows.push_back({std::string(cells[0]), std::string(cells[1]), std::string(cells[2]),
                    std::string(cells[3])});
  }
  return rows;
}

const std::vector<SshRow>& ssh_profile() {
  static const auto rows = parse_ssh_profile(sshd_table());
  assert(rows);  // the table is compiled in and tested
  return *rows;
}

std::vector<core::Item> Ssh::items(const Desired& want, const Observed& have) {
  std::vector<core::Item> items;
  for (const auto& row : ssh_profile()) {
    const auto directive = std::ranges::find(want.directives, row.directive, &Directive::first);
    if (directive == want.directives.end()) continue;
    core::Item item{.id = "ssh." + to_lower(row.directive),
                    .rules = row.ids,
                    .title = std::format("{} {}: {}", row.directive, directive->second, row.title),
                    .deviation = row.conflict == "-" ? "" : row.conflict};
    judge(item, *directive, have);
    items.push_back(std::move(item));
  }
  core::Item main{.id = "ssh.config_mode",
                  .rules = "CIS-D13 5.1.1",
                  .title = "root alone reads and writes sshd_config"};
  judge_mode(main, have.main_private, "sshd_config is");
  core::Item keys{.id = "ssh.host_key_modes",
                  .rules = "CIS-D13 5.1.2, CIS-D13 5.1.3, ANSSI-BP28 R50",
                  .title = "root alone reads the host keys"};
  const bool private_keys = std::ranges::all_of(have.host_keys, &HostKey::private_mode);
  judge_mode(keys, private_keys && !have.host_keys.empty(), "host keys are");
  items.push_back(std::move(main));
  items.push_back(std::move(keys));
  return items;
}

}  // namespace kgnode::hardening
