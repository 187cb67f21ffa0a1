#include "agent/health/exposition.hpp"

#include "tests/support/catch.hpp"

using namespace kgnode::health;

TEST_CASE("exposition: OpenMetrics is for who asks for it", "[health]") {
  CHECK(choose_format("") == Format::prometheus);
  CHECK(choose_format("text/plain;version=0.0.4") == Format::prometheus);
  CHECK(choose_format("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2") ==
        Format::open_metrics);
}

TEST_CASE("exposition: labels are escaped, empty families left out", "[health]") {
  Exposition text(Format::prometheus);
  text.gauge("a", "What it is.");
  text.counter("b_total", "Another.");
  text.add(1.5, {{"x", "a\"b\\c\nd"}, {"y", ""}});
  text.add(2, {{"x", "é"}});
  text.gauge("c", "Bare.");
  text.add(0);
  CHECK(std::move(text).finish() ==
        "# HELP b_total Another.\n# TYPE b_total counter\n"
        "b_total{x=\"a\\\"b\\\\c\\\\x0ad\",y=\"\"} 1.5\nb_total{x=\"é\"} 2\n"
        "# HELP c Bare.\n# TYPE c gauge\nc 0\n");
}

TEST_CASE("exposition: OpenMetrics names the family of a counter without its end", "[health]") {
  Exposition text(Format::open_metrics);
  text.counter("b_total", "Another.");
  text.add(1);
  CHECK(std::move(text).finish() == "# HELP b Another.\n# TYPE b counter\nb_total 1\n# EOF\n");
}
