/// Carries out one step.
#include "hardening/ban/ban.hpp"
#include "hardening/ban/block_list.hpp"

namespace kgnode::hardening {

Task<Result<>> Bans::apply(const Step& step) {
  co_return std::visit([this](const auto& one) { return carry_out(one); }, step);
}

Result<> Bans::carry_out(const Work& step) {
  return parts_.engine.work_by(step.settings, step.never);
}

Result<> Bans::carry_out(const Fill& step) {
  return parts_.book.restore(step.bits, parts_.clock.wall());
}

Result<> Bans::carry_out(const Lift& step) {
  TRY(parts_.book.lift(step.source, parts_.clock.wall()));
  return {};
}

Result<> Bans::carry_out(const LoadLists& step) {
  std::map<std::string, Loaded> lists;
  for (const auto& path : step.read) lists.emplace(path, TRY(load(path)));
  for (const auto& path : step.keep) lists.emplace(path, lists_.at(path));
  std::vector<Prefix> all;
  for (const auto& [path, list] : lists)
    all.insert(all.end(), list.networks.begin(), list.networks.end());
  std::vector<std::string> spared;
  auto networks = ban::without(merge_prefixes(std::move(all)), step.never, spared);
  TRY(parts_.book.set_listed(std::move(networks), parts_.clock.wall()));
  lists_ = std::move(lists);
  spared_ = std::move(spared);
  return {};
}

}  // namespace kgnode::hardening
