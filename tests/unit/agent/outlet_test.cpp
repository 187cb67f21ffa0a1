#include "agent/outlet.hpp"

#include <map>
#include <string>

#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace std::chrono_literals;
using k3s::RebootRecord, k3s::RebootStep;

TEST_CASE("outlet: it lives while rounds come to their end") {
  CHECK(health_page(0s).status == 200);
  CHECK(health_page(4min + 59s).status == 200);
  CHECK(health_page(5min).status == 503);
  CHECK(health_page(7min).body == "nothing has been looked at for 7min: journalctl -u kgnode\n");
}

TEST_CASE("outlet: the web page comes with what it may do, and does not end in a frame") {
  const auto page = web_page();
  CHECK(page.status == 200);
  CHECK(page.content_type == "text/html; charset=utf-8");
  const std::map<std::string, std::string> headers(page.headers.begin(), page.headers.end());
  CHECK(headers.at("Content-Security-Policy").contains("default-src 'none'"));
  CHECK(headers.at("Content-Security-Policy").contains("frame-ancestors 'none'"));
  CHECK(headers.at("X-Frame-Options") == "DENY");
}

TEST_CASE("outlet: ready in the phase ready alone, with the reason otherwise") {
  CHECK(ready_page({"ready", ""}, std::nullopt).status == 200);
  for (const auto* phase : {"booting", "hardened", "joining", "degraded", "maintenance"})
    CHECK(ready_page({phase, ""}, std::nullopt).status == 503);
  CHECK(ready_page({"hardened", ""}, std::nullopt).body == "hardened\n");
  CHECK(ready_page({"joining", "no \x1b token"}, std::nullopt).body == "joining: no \\x1b token\n");
}

TEST_CASE("outlet: not ready from before pods are moved until they may come back") {
  CHECK(ready_page({"ready", ""}, RebootRecord{.step = RebootStep::lock, .trouble = {}}).status ==
        200);
  for (const auto step : {RebootStep::cordon, RebootStep::drain, RebootStep::reboot})
    CHECK(ready_page({"ready", ""}, RebootRecord{.step = step, .trouble = {}}).status == 503);
}
