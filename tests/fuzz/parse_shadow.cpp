/// The databases of accounts and the files of PAM: hostile lines end nothing, what is hardened
/// stays as it is.
#include "hardening/accounts/parse_shadow.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hardening/accounts/pam.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode::hardening;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& account : parse_passwd(text)) {
    if (account.name.empty() || account.name.contains(':')) std::abort();
  }
  for (const auto& entry : parse_shadow(text)) {
    if (entry.name.empty() || entry.name.contains('\n')) std::abort();
  }
  (void)parse_groups(text);
  (void)has_hash(text, "root", "$y$x");
  if (const auto auth = hardened_auth(text); auth && hardened_auth(*auth) != auth) std::abort();
  if (const auto account = hardened_account(text); account && hardened_account(*account) != account)
    std::abort();
  return 0;
}
