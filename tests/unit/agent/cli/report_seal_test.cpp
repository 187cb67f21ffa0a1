/// A report that was signed is known again, and no other.
#include "agent/cli/report_seal.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;

namespace {

// RFC 8032, 7.1, test 1: the seed and the public key, as libsodium keeps a secret key.
constexpr std::string_view kSecret =
    "ed25519-secret "
    "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==\n";
constexpr std::string_view kOpen = "ed25519 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n";
constexpr std::string_view kReport = "# CIS\n\npass  1.1 something\n";

}  // namespace

TEST_CASE("report seal: one line at the end, by which the report is known again", "[cli]") {
  const auto sealed = cli::seal_report(kReport, kSecret);
  REQUIRE(sealed);
  CHECK(sealed->starts_with(kReport));
  CHECK(sealed->contains("\nsigned: ed25519 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo= "));
  CHECK(cli::check_seal(*sealed, kOpen));
}

TEST_CASE("report seal: whatever is changed is noticed", "[cli]") {
  const auto sealed = cli::seal_report(kReport, kSecret).value();
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    // The name of the key in the line is for people; what counts is the key that one checks with.
    if (at >= kReport.size() && at < sealed.rfind(' ')) continue;
    auto other = sealed;
    other[at] = other[at] == 'x' ? 'y' : 'x';
    INFO(at);
    CHECK_FALSE(cli::check_seal(other, kOpen));
  }
  CHECK_FALSE(cli::check_seal(sealed + "more\n", kOpen));
  CHECK_FALSE(cli::check_seal(kReport, kOpen));
  CHECK_FALSE(cli::check_seal("", kOpen));
}

TEST_CASE("report seal: what is no key is said to be none", "[cli]") {
  for (const std::string_view key :
       {"", "ed25519-secret", "ed25519-secret AAAA", "AAAA", "ed25519 11qY"})
    CHECK_FALSE(cli::seal_report(kReport, key));
  CHECK_FALSE(cli::seal_report(kReport, kOpen));
  const auto sealed = cli::seal_report(kReport, kSecret).value();
  CHECK_FALSE(cli::check_seal(sealed, kSecret));
  CHECK_FALSE(cli::check_seal(sealed, "ed25519 AAAA"));
}
