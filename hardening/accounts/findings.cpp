/// What is asked of accounts, and who does not keep to it.
#include <algorithm>
#include <format>
#include <functional>
#include <set>

#include "agent/base/text.hpp"
#include "agent/base/units.hpp"
#include "hardening/accounts/accounts.hpp"
#include "hardening/accounts/pam.hpp"
#include "hardening/accounts/profile.hpp"

namespace kgnode::hardening {
namespace {

using core::Finding;
using core::FindingKind;
using Names = std::vector<std::string>;

constexpr unsigned kFirstPerson = 1000;
constexpr unsigned kNobody = 65534;
constexpr std::chrono::days kSoon{14};

bool has_shell(const Account& account) {
  return !account.shell.ends_with("/nologin") && !account.shell.ends_with("/false");
}

bool is_open_account(std::string_view name, const Accounts::Desired& want,
                     const Accounts::Observed& have) {
  return is_break_glass_open(want, have) && name == want.break_glass->user;
}

/// The number may be any when the one that we ask for was taken.
bool is_for_people(const Account& account, const Accounts::Desired& want,
                   const Accounts::Observed& have) {
  if (account.name == "root" || account.name == want.admin) return true;
  if (is_open_account(account.name, want, have)) return true;
  return account.uid >= kFirstPerson && account.uid != kNobody;
}

Names with_password(Password password, const Accounts::Desired& want,
                    const Accounts::Observed& have) {
  Names names;
  for (const auto& entry : have.shadow) {
    if (entry.password == password && !is_open_account(entry.name, want, have))
      names.push_back(entry.name);
  }
  return names;
}

template <class T, class Pick>
Names pick(const std::vector<T>& all, Pick wrong) {
  Names names;
  for (const auto& one : all) {
    if (wrong(one)) names.push_back(one.name);
  }
  return names;
}

/// Those whose `value` somebody before them has.
template <class T, class Value>
Names repeated(const std::vector<T>& all, Value value) {
  std::set<std::remove_cvref_t<std::invoke_result_t<Value, const T&>>> seen;
  return pick(
      all, [&seen, &value](const T& one) { return !seen.insert(std::invoke(value, one)).second; });
}

Names unknown_groups(const Accounts::Observed& have) {
  return pick(have.accounts, [&have](const Account& account) {
    return !std::ranges::contains(have.groups, account.gid, &Group::gid);
  });
}

Names root_unlocked(const Accounts::Observed& have) {
  return pick(have.shadow, [](const ShadowEntry& entry) {
    return entry.name == "root" && entry.password != Password::locked;
  });
}

std::optional<Names> of_accounts(std::string_view row, const Accounts::Desired& want,
                                 const Accounts::Observed& have) {
  if (row == "only-root-uid")
    return pick(have.accounts, [](const Account& a) { return a.uid == 0 && a.name != "root"; });
  // These have no log-in, and Debian gives them root's group.
  if (row == "only-root-gid") {
    return pick(have.accounts,
                [](const Account& a) { return a.gid == 0 && a.name != "root" && has_shell(a); });
  }
  if (row == "shadowed") return pick(have.accounts, [](const Account& a) { return !a.shadowed; });
  if (row == "system-shells") {
    return pick(have.accounts, [&want, &have](const Account& a) {
      return !is_for_people(a, want, have) && has_shell(a);
    });
  }
  if (row == "groups-exist") return unknown_groups(have);
  if (row == "unique-uids") return repeated(have.accounts, &Account::uid);
  if (row == "unique-names") return repeated(have.accounts, &Account::name);
  if (row == "root-group")
    return pick(have.groups, [](const Group& g) { return g.gid == 0 && g.name != "root"; });
  if (row == "unique-gids") return repeated(have.groups, &Group::gid);
  if (row == "unique-groups") return repeated(have.groups, &Group::name);
  return std::nullopt;
}

void judge_pam(core::Item& item, const PamRow& row, const Accounts::Observed& have) {
  const auto& text = have.files.at(std::string(row.path));
  const auto wanted = text ? row.harden(*text) : std::nullopt;
  if (!wanted) {
    item.kind = FindingKind::unknown;
    item.evidence = std::format("{} is not as Debian makes it", row.path);
    item.remedy =
        "put Debian's own file there (pam-auth-update --force makes those of all log-ins anew); "
        "then: kgnode apply /etc/kgnode/node.toml";
    return;
  }
  item.kind = *wanted == *text ? FindingKind::pass : FindingKind::gap;
  item.evidence =
      std::format("{} has {}{}", row.path, item.kind == FindingKind::pass ? "" : "no ", row.module);
}

void judge_names(core::Item& item, const Names& names) {
  item.kind = names.empty() ? FindingKind::pass : FindingKind::gap;
  item.evidence = names.empty() ? "none does otherwise" : "not so: " + printable(join(names, ", "));
}

}  // namespace

std::optional<Names> offenders(std::string_view row, const Accounts::Desired& want,
                               const Accounts::Observed& have) {
  if (row == "root-locked") return root_unlocked(have);
  if (row == "no-passwords") return with_password(Password::set, want, have);
  if (row == "no-empty-passwords") return with_password(Password::empty, want, have);
  return of_accounts(row, want, have);
}

std::vector<core::Item> Accounts::items(const Desired& want, const Observed& have) {
  std::vector<core::Item> items;
  for (const auto& row : account_profile()) {
    core::Item item{.id = "accounts." + row.id, .rules = row.ids, .title = row.title};
    if (const auto* pam = find_pam_row(row.id)) {
      judge_pam(item, *pam, have);
    } else {
      judge_names(item, offenders(row.id, want, have).value_or(Names{}));
    }
    if (item.kind == FindingKind::gap) item.remedy = row.remedy;
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<Finding> Accounts::findings(const Desired& want, const Observed& have) {
  std::vector<Finding> found;
  for (auto& item : items(want, have)) {
    if (item.kind == FindingKind::pass) continue;
    found.push_back(
        {item.id, item.kind, std::format("{}: {}", item.title, item.evidence), item.remedy});
  }
  if (!want.break_glass) return found;
  const auto& account = *want.break_glass;
  const auto tell = [&found](std::string text, std::string remedy) {
    found.push_back({"accounts.break_glass", FindingKind::gap, std::move(text), std::move(remedy)});
  };
  if (have.today > account.expires) {
    tell(std::format("{} ended on {}", account.user, to_string(account.expires)),
         "take [accounts] break_glass out of /etc/kgnode/node.toml, or give it a new password and "
         "day");
  } else if (!have.has_hash) {
    tell(std::format("{} has no password: its file is not there, or holds no hash", account.user),
         "put what mkpasswd -m yescrypt prints there; then: kgnode apply /etc/kgnode/node.toml");
  } else if (account.expires - have.today <= kSoon) {
    tell(std::format("{} ends after {}", account.user, to_string(account.expires)),
         "give it a new password and day under [accounts] in /etc/kgnode/node.toml");
  }
  return found;
}

}  // namespace kgnode::hardening
