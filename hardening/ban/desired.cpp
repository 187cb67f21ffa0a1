/// The configuration of bans.
#include "hardening/ban/ban.hpp"

namespace kgnode::hardening {

Bans::Desired Bans::desired(const config::Config& config) {
  return {.settings = config.ban, .never = ban::make_never_list(config, {})};
}

std::vector<std::string> Bans::watch_paths(const Desired& want) {
  return want.settings.block_lists;
}

}  // namespace kgnode::hardening
