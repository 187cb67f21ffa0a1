/// The values of the API as JSON.
#include "agent/api/json.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode;
using boost::json::serialize;

TEST_CASE("api json: what is absent is null, never missing") {
  CHECK(serialize(api::to_json(api::Status{})) ==
        R"({"node":{"name":"","role":"","environment":"","version":")" KGNODE_VERSION R"("},)"
        R"("phase":"","reason":null,"phases":[],"generation":0,)"
        R"("config":{"path":null,"sha256":null,"loaded_at":null},"pending":null,"domains":[],)"
        R"("peers":null,"bans":null,"first_boot":null,"changes":[]})");
  CHECK(serialize(api::to_json(api::DomainStatus{})) ==
        R"({"name":"","phase":"unknown","steps":[],"findings":[],"error":null,)"
        R"("last_run":null,"last_change":null,"heals":0})");
  CHECK(serialize(api::to_json(core::StepView{.text = "x"})) ==
        R"({"text":"x","before":null,"after":null,"risk":"none"})");
}

TEST_CASE("api json: health is null while the phase does not tell") {
  const struct {
    std::string phase;
    boost::json::value expected;
  } rows[] = {{"hardened", true},  {"ready", true},      {"joining", nullptr},
              {"degraded", false}, {"booting", nullptr}, {"maintenance", nullptr}};
  for (const auto& row : rows) {
    CAPTURE(row.phase);
    const api::Status status{.phase = row.phase};
    CHECK(api::make_health_json(status).at("healthy") == row.expected);
  }
}
