/// The seal of a report.
#include "agent/cli/report_seal.hpp"

#include <format>
#include <vector>

#include "agent/base/text.hpp"
#include "agent/sys/base64.hpp"
#include "agent/sys/ed25519.hpp"

namespace kgnode::cli {
namespace {

constexpr std::string_view kSeal = "signed: ed25519 ";

/// The second word of a key file whose first one is `kind`.
Result<std::string_view> key_of(std::string_view text, std::string_view kind) {
  const auto words = split_words(trim(text));
  if (words.size() == 2 && words[0] == kind) return words[1];
  return fail(Error::plain(std::format("this is no key: it is to begin with {}", quote(kind))));
}

}  // namespace

Result<std::string> seal_report(std::string_view report, std::string_view key) {
  const auto signature = sys::sign(TRY(key_of(key, "ed25519-secret")), report);
  if (!signature) return fail(Error::plain("this is no secret key of Ed25519"));
  return std::format("{}{}{} {}\n", report, kSeal, signature->key, signature->bytes);
}

Result<> check_seal(std::string_view sealed, std::string_view key) {
  const auto open = sys::parse_public_key(TRY(key_of(key, "ed25519")));
  if (!open) return fail(Error::plain("this is no public key of Ed25519"));
  const auto place = sealed.rfind(kSeal);
  if (place == std::string_view::npos || (place > 0 && sealed[place - 1] != '\n'))
    return fail(Error::plain("the report is not signed"));
  const auto words = split_words(trim(sealed.substr(place + kSeal.size())));
  const auto signature = words.size() == 2 ? sys::from_base64(words[1]) : std::nullopt;
  const bool alone = sealed.find('\n', place) == sealed.size() - 1;
  if (!signature || !alone) return fail(Error::plain("the line with the signature is damaged"));
  if (!sys::is_signed_by(*open, sealed.substr(0, place), *signature))
    return fail(
        Error::plain("the report was changed after it was signed, or another key signed it"));
  return {};
}

}  // namespace kgnode::cli
