/// The documentation of the keys is the table of keys. KGNODE_TEST_ACCEPT=1 rewrites the pages.
#include <array>
#include <format>

#include "agent/base/text.hpp"
#include "agent/config/schema.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/agent/config/documents.hpp"

using namespace kgnode;

namespace {

constexpr std::string_view kBegin = "<!-- keys: from agent/config/schema.cpp -->\n";
constexpr std::string_view kEnd = "<!-- keys: end -->\n";

std::filesystem::path docs() { return std::filesystem::path(TEST_DATA) / "../../docs"; }

std::string choices(const config::Key& key) {
  std::string all;
  for (const auto name : split(key.choices, '|'))
    all += std::format("{}`\"{}\"`", all.empty() ? "" : ", ", name);
  return all;
}

std::string integers(const config::Key& key) {
  const auto bounds = split(key.choices, '|');
  return bounds[0] == bounds[1] ? std::format("the integer {}", bounds[0])
                                : std::format("integer, {} to {}", bounds[0], bounds[1]);
}

std::string type_of(const config::Key& key) {
  using enum config::Kind;
  switch (key.kind) {
    case table:
      return "table";
    case settings:
      return "table of strings";
    case integer:
      return integers(key);
    case boolean:
      return "`true` or `false`";
    case choice:
      return choices(key);
    case label:
      return "host name";
    case user_name:
      return "user name";
    case ssh_key:
      return "SSH public key";
    case address:
      return "IP address";
    case network:
      return "network";
    case source:
      return "address or network";
    case ports:
    case node_ports:
      return "ports";
    case rate:
      return "rate";
    case duration:
      return "time";
    case size:
      return "size";
    case secret:
    case passphrase:
      return "secret";
    case path:
      return "absolute path";
    case device_name:
      return "device name";
    case text:
      return "text";
    case module_name:
      return "kernel module";
    case unit_name:
      return "name of a service";
    case pattern:
      return "pattern";
  }
  return "";
}

std::string list_or_one(const config::Key& key) {
  const auto type = type_of(key);
  return key.count == config::Count::list ? "list of: " + type : type;
}

std::string fallback_of(const config::Key& key) {
  if (key.need == config::Need::required) return "required";
  return key.fallback.empty() ? "none" : std::format("`{}`", key.fallback);
}

// A table of the file; inline tables and list items have their keys listed behind their own name.
bool is_section(const config::Key& key) {
  return key.kind == config::Kind::table && !key.path.contains('.');
}

std::string_view below_section(std::string_view path) {
  const auto dot = path.find('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::string as_tables() {
  constexpr std::string_view kHead = "\n| key | value | default | effect |\n|---|---|---|---|\n";
  std::string page = "## Top level\n" + std::string(kHead);
  for (const auto& key : config::schema()) {
    if (is_section(key)) {
      const auto need = key.need == config::Need::required ? " Required." : "";
      page += std::format("\n## [{}]\n\n{}{}\n{}", key.path, key.effect, need, kHead);
    } else {
      page += std::format("| `{}` | {} | {} | {}<br>`{} = {}` |\n", below_section(key.path),
                          list_or_one(key), fallback_of(key), key.effect, config::name_of(key.path),
                          key.example);
    }
  }
  return page;
}

std::string as_manual() {
  std::string page = "# TOP LEVEL\n\n";
  for (const auto& key : config::schema()) {
    if (is_section(key)) {
      page += std::format("# [{}]\n\n{}\n\n", key.path, key.effect);
    } else {
      page += std::format("**{}** ({}; default: {})\n:   {}\n\n", below_section(key.path),
                          list_or_one(key), fallback_of(key), key.effect);
    }
  }
  return page;
}

void check_page(const std::filesystem::path& path, const std::string& keys) {
  const auto page = test::read_data(path);
  const auto begin = page.find(kBegin);
  const auto end = page.find(kEnd);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  test::check_golden(path,
                     page.substr(0, begin + kBegin.size()) + "\n" + keys + "\n" + page.substr(end));
}

}  // namespace

TEST_CASE("config docs: configuration.md describes every key as the code has it") {
  check_page(docs() / "configuration.md", as_tables());
}

TEST_CASE("config docs: the manual page describes every key as the code has it") {
  check_page(docs() / "man/kgnode-node.toml.5.md", as_manual());
}

TEST_CASE("config docs: every whole configuration on the page is valid") {
  const auto page = test::read_data(docs() / "configuration.md");
  constexpr std::string_view kFence = "```toml\n";
  std::size_t examples = 0;
  for (auto at = page.find(kFence); at != std::string::npos; at = page.find(kFence, at + 1)) {
    const auto start = at + kFence.size();
    const auto text = page.substr(start, page.find("```", start) - start);
    if (!text.starts_with("schema")) continue;
    const auto loaded = config::load_text(text, "configuration.md");
    INFO(test::report(loaded));
    CHECK(loaded.config);
    ++examples;
  }
  CHECK(examples >= 2);
}
