/// JSON without building it: what is read, and what is refused.
#include "agent/base/json_walk.hpp"

#include <format>
#include <string>

#include "tests/support/catch.hpp"

using kgnode::JsonWalk;

namespace {

bool is_json(std::string_view text) {
  JsonWalk walk(text);
  walk.skip();
  return walk.finish();
}

}  // namespace

TEST_CASE("json walk: exactly JSON is accepted") {
  for (const std::string_view good :
       {"{}", "[]", "null", "true", "false", "0", "-0", "-1.5e+10", "1E2", R"("")",
        R"("a\u00e4\n\"")", R"({"a":1})", R"({"a":{"b":[1,2,{"c":[]}]},"d":"e"})",
        " \t\r\n[ 1 , 2 ] ", "[[],[],{}]"}) {
    INFO(good);
    CHECK(is_json(good));
  }
  for (const std::string_view bad : {"",
                                     " ",
                                     "{",
                                     "}",
                                     "[",
                                     "]",
                                     "{]",
                                     "[}",
                                     "nul",
                                     "nullx",
                                     "True",
                                     "01",
                                     "-",
                                     "1.",
                                     ".5",
                                     "+1",
                                     "1e",
                                     "1e+",
                                     "0x1",
                                     "1 2",
                                     "\"",
                                     "\"\\\"",
                                     R"("\x")",
                                     R"("\u12g4")",
                                     R"("\u123)",
                                     "\"\n\"",
                                     "{\"a\"}",
                                     "{\"a\":}",
                                     "{\"a\":1,}",
                                     "{,}",
                                     "{\"a\":1 \"b\":2}",
                                     "{a:1}",
                                     "{1:1}",
                                     "[1,]",
                                     "[,1]",
                                     "[1 2]",
                                     "[1]]",
                                     "{}}",
                                     "{}x",
                                     "'a'",
                                     "[1,2",
                                     "{\"a\":1"}) {
    INFO(bad);
    CHECK_FALSE(is_json(bad));
  }
  CHECK_FALSE(is_json(std::string_view("[1\0]", 4)));
  CHECK_FALSE(is_json(std::string_view("[]\0", 3)));
}

TEST_CASE("json walk: nesting has a limit") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(is_json(nested(JsonWalk::kDepth)));
  CHECK_FALSE(is_json(nested(JsonWalk::kDepth + 1)));
  CHECK_FALSE(is_json(std::string(1'000'000, '[')));
}

TEST_CASE("json walk: values come by key and kind, others are passed over") {
  JsonWalk walk(
      R"({"s":"a\"b","n":-7,"x":1.5,"list":["p",{"q":1},"r"],"o":{"k":"v","l":2},"s":3})");
  std::string seen;
  REQUIRE(walk.enter_object());
  while (const auto key = walk.next_key()) {
    if (*key == "s") {
      seen += std::format("s={};", walk.string().value_or("-"));
    } else if (*key == "n" || *key == "x") {
      seen += std::format("{}={};", *key, walk.integer().value_or(0));
    } else if (*key == "list" && walk.enter_array()) {
      while (walk.next_item()) seen += std::format("item={};", walk.string().value_or("-"));
    } else if (*key == "o" && walk.enter_object()) {
      while (const auto inner = walk.next_key()) {
        seen += std::format("{}={};", *inner, walk.string().value_or("-"));
      }
    } else {
      walk.skip();
    }
  }
  CHECK(walk.finish());
  CHECK(seen == R"(s=a\"b;n=-7;x=0;item=p;item=-;item=r;k=v;l=-;s=-;)");
}

TEST_CASE("json walk: true and false are values too, and nothing else is") {
  JsonWalk walk(R"([ true,false, null, "true", 1, {"a":true}, true])");
  std::string seen;
  REQUIRE(walk.enter_array());
  while (walk.next_item()) {
    const auto value = walk.boolean();
    seen += value ? (*value ? 'y' : 'n') : '-';
  }
  CHECK(walk.finish());
  CHECK(seen == "yn----y");
}

TEST_CASE("json walk: a text that breaks off ends every loop, and is not finished") {
  const std::string_view whole = R"({"a":["b",{"c":1}],"d":"e"})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    JsonWalk walk(whole.substr(0, size));
    if (walk.enter_object())
      while (walk.next_key()) walk.skip();
    CHECK_FALSE(walk.finish());
  }
}
