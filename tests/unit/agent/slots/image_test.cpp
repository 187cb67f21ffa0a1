#include "agent/slots/image.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::slots;
using kgnode::core::FindingKind;

TEST_CASE("image: what became of an update is a pass only when it is over and well", "[slots]") {
  const std::pair<Outcome, FindingKind> rows[] = {
      {Outcome::good, FindingKind::pass},      {Outcome::rolled_back, FindingKind::pass},
      {Outcome::writing, FindingKind::gap},    {Outcome::written, FindingKind::gap},
      {Outcome::broken_off, FindingKind::gap}, {Outcome::failed, FindingKind::gap}};
  for (const auto& [outcome, kind] : rows) {
    const Image::Observed have{
        .running = {.version = "1.0.0", .root_hash = std::string(64, 'a')},
        .record = Record{.version = "1.1.0", .outcome = outcome, .reason = "because"}};
    const auto all = Image::findings({}, have);
    REQUIRE(all.size() == 2);
    CAPTURE(all[1].text);
    CHECK(all[0].kind == FindingKind::pass);
    CHECK(all[1].kind == kind);
    CHECK(all[1].remedy.empty() == (kind == FindingKind::pass));
    CHECK(all[1].text.contains("1.1.0"));
  }
}

TEST_CASE("image: a node from a package has no slots to tell of", "[slots]") {
  CHECK(Image::findings({}, {}).empty());
}
