/// What the engine works by, what is banned, and what the block lists say.
#include <format>
#include <functional>

#include "agent/base/text.hpp"
#include "hardening/ban/ban.hpp"
#include "hardening/ban/block_list.hpp"

namespace kgnode::hardening {
namespace {

// A million entries take about 16 MB.
constexpr std::size_t kListBytes = std::size_t{32} << 20U;

core::Finding unknown(std::string id, std::string text, std::string remedy) {
  return {.id = std::move(id),
          .kind = core::FindingKind::unknown,
          .text = std::move(text),
          .remedy = std::move(remedy)};
}

core::Finding misread(const std::string& jail) {
  return unknown("ban.misread",
                 std::format("jail {} does not know the shape of most of the lines it reads: "
                             "attacks may go unnoticed",
                             jail),
                 "see journalctl -u kgnode for one of them, and kgnode ban list for how many");
}

}  // namespace

Result<Bans::Loaded> Bans::load(const std::string& path) {
  const auto text = TRY(parts_.files.read(path, kListBytes));
  if (!text) return fail({std::errc::no_such_file_or_directory, "read " + quote(path)});
  const auto fingerprint = std::hash<std::string>{}(*text);
  const auto known = lists_.find(path);
  if (known != lists_.end() && known->second.fingerprint == fingerprint) return known->second;
  auto list = ban::parse_block_list(*text);
  // An error page that was downloaded in its place, for example.
  if (list.networks.empty() && list.refused > 0) {
    return fail(
        Error::plain(std::format("{} is no block list: {}", quote(path), list.problems.front())));
  }
  if (list.refused > list.problems.size())
    list.problems.push_back(std::format("{} lines in all are no entries", list.refused));
  return Loaded{.fingerprint = fingerprint,
                .networks = std::move(list.networks),
                .problems = std::move(list.problems)};
}

Bans::ListFile Bans::look_at(const std::string& path) {
  const auto loaded = load(path);
  if (!loaded) return {.path = path, .error = loaded.error().message()};
  return {.path = path, .fingerprint = loaded->fingerprint};
}

std::vector<core::Finding> Bans::troubles() const {
  std::vector<core::Finding> all;
  if (const auto trouble = parts_.engine.trouble(); !trouble.empty())
    all.push_back(unknown("ban.sources", trouble, "see journalctl -u kgnode"));
  if (const auto late = parts_.why_late(); !late.empty())
    all.push_back({.id = "ban.late", .text = late, .remedy = "docs/domains/ban.md, \"Latency\""});
  for (std::size_t i = 0; i < parts_.engine.jails().size(); ++i) {
    if (parts_.engine.counters()[i].misread.is_too_much())
      all.push_back(misread(parts_.engine.jails()[i].rule.jail));
  }
  for (const auto& [path, list] : lists_) {
    for (const auto& problem : list.problems) {
      all.push_back({.id = "ban.block_list",
                     .text = std::format("{}: {}", path, problem),
                     .remedy = "correct the list; its other entries are in force"});
    }
  }
  for (const auto& entry : spared_) {
    all.push_back({.id = "ban.block_list.never",
                   .text = std::format("an entry of a block list is not in force: {}", entry),
                   .remedy = "take it off the list"});
  }
  return all;
}

Task<Result<Bans::Observed>> Bans::observe(const Desired& want) {
  auto own = parts_.list_addresses();
  if (!own) co_return fail(std::move(own).error());
  const auto in_kernel = parts_.book.is_in_kernel();
  if (!in_kernel) co_return fail(Error(in_kernel.error()));
  Observed seen{.own = *std::move(own),
                .settings = parts_.engine.settings(),
                .never = parts_.engine.never(),
                .banned = parts_.book.sources(),
                .in_kernel = *in_kernel,
                .troubles = troubles()};
  for (const auto& path : want.settings.block_lists) seen.files.push_back(look_at(path));
  for (const auto& [path, list] : lists_) seen.loaded.emplace(path, list.fingerprint);
  co_return seen;
}

}  // namespace kgnode::hardening
