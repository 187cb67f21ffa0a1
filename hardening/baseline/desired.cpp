/// The table, with the values of the configuration in it.
#include "hardening/baseline/baseline.hpp"

namespace kgnode::hardening {
namespace {

constexpr std::string_view kUmask = "@umask@";

}  // namespace

Baseline::Desired Baseline::desired(const config::Config& config) {
  Desired want{.rows = baseline_profile()};
  const bool anssi = config.accounts.umask == config::Umask::anssi;
  for (auto& row : want.rows) {
    const auto at = row.value.find(kUmask);
    if (at != std::string::npos) row.value.replace(at, kUmask.size(), anssi ? "077" : "027");
  }
  return want;
}

}  // namespace kgnode::hardening
