/// The kernel's form of single rules.
#include "hardening/firewall/compile.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/hardening/firewall/support.hpp"

using namespace kgnode;
using namespace kgnode::hardening::firewall;
namespace nft = sys::nft;

namespace {

std::vector<nft::Expression> compiled(Rule rule) {
  rule.id = "r";
  const Ruleset rules{.chains = {{.name = "c", .rules = {std::move(rule)}}}};
  return compile(rules).rules.at(0).expressions;
}

}  // namespace

TEST_CASE("firewall compile: family and protocol are checked once, before what depends on them") {
  CHECK(compiled({.matches = {AddressIs{Side::source, test::prefix("10.0.0.0/24")},
                              AddressIs{Side::destination, test::prefix("10.0.0.1")},
                              PortIs{Side::destination, test::ports("22/tcp")}},
                  .verdict = Verdict::accept}) ==
        std::vector<nft::Expression>{
            nft::Meta{nft::Field::family}, nft::Cmp{nft::Compare::equal, {2}},
            nft::Payload{nft::Header::network, 12, 4}, nft::Mask{{255, 255, 255, 0}},
            nft::Cmp{nft::Compare::equal, {10, 0, 0, 0}}, nft::Payload{nft::Header::network, 16, 4},
            nft::Cmp{nft::Compare::equal, {10, 0, 0, 1}}, nft::Meta{nft::Field::protocol},
            nft::Cmp{nft::Compare::equal, {6}}, nft::Payload{nft::Header::transport, 2, 2},
            nft::Cmp{nft::Compare::equal, {0, 22}}, nft::Counter{},
            nft::Verdict{nft::Action::accept, ""}});
}

TEST_CASE("firewall compile: every address of a family needs no comparison of addresses") {
  CHECK(compiled({.matches = {AddressIs{Side::source, test::prefix("::/0")}}}) ==
        std::vector<nft::Expression>{nft::Meta{nft::Field::family},
                                     nft::Cmp{nft::Compare::equal, {10}}, nft::Counter{},
                                     nft::Verdict{nft::Action::drop, ""}});
}

TEST_CASE("firewall compile: a range ends before its last address plus one, or never") {
  const Ruleset rules{
      .sets = {{.name = "s",
                .interval = true,
                .prefixes = {test::prefix("10.0.0.0/24"), test::prefix("255.0.0.0/8")}}}};
  CHECK(compile(rules).sets.at(0).elements ==
        std::vector<nft::Element>{{.key = {10, 0, 0, 0}},
                                  {.key = {10, 0, 1, 0}, .interval_end = true},
                                  {.key = {255, 0, 0, 0}}});
}

TEST_CASE("firewall compile: an address is masked before it is looked up among networks") {
  CHECK(compiled({.matches = {AddressInSet{Side::source, Family::ipv4, "s", 20}}}) ==
        std::vector<nft::Expression>{
            nft::Meta{nft::Field::family}, nft::Cmp{nft::Compare::equal, {2}},
            nft::Payload{nft::Header::network, 12, 4}, nft::Mask{{255, 255, 240, 0}},
            nft::Lookup{"s"}, nft::Counter{}, nft::Verdict{nft::Action::drop, ""}});
}

TEST_CASE("firewall compile: IPv6 sources share a limit by /64") {
  const auto out = compiled(
      {.limit = Limit{
           .rate = {3, std::chrono::seconds(60)}, .per_source = "m", .family = Family::ipv6}});
  CHECK(std::ranges::contains(out, nft::Expression(nft::Mask{{255, 255, 255, 255, 255, 255, 255,
                                                              255, 0, 0, 0, 0, 0, 0, 0, 0}})));
  CHECK(std::ranges::contains(
      out, nft::Expression(nft::Meter{
               "m", {.rate = 3, .per = std::chrono::seconds(60), .burst = 3, .over = true}})));
}
