/// Whole documents: what loads, what does not, and where each problem is.
#include "agent/config/load.hpp"

#include <algorithm>
#include <set>

#include "agent/sys/secret.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_files.hpp"
#include "tests/support/random_config.hpp"
#include "tests/unit/agent/config/documents.hpp"

using namespace kgnode;
using config::load_text;

TEST_CASE("config load: the short sample is enough and brings every default") {
  const auto loaded = load_text(test::sample(), "node.toml");
  INFO(test::report(loaded));
  CHECK(loaded.diagnostics.empty());
  REQUIRE(loaded.config);
  const config::Config expected{
      .node = {.name = "cp-1",
               .role = config::Role::control_plane,
               .environment = config::Environment::production},
      .network = {.vrack = *parse_prefix("10.0.0.0/24"), .address = *parse_address("10.0.0.11")},
      .admin =
          {.ssh_keys = {"ssh-ed25519 "
                        "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ops"},
           .from = {*parse_prefix("203.0.113.0/24")}},
      .k3s = {.servers = {*parse_address("10.0.0.11"), *parse_address("10.0.0.12"),
                          *parse_address("10.0.0.13")},
              .token = config::Secret{.value = nullptr, .file = "/run/kgnode/secrets/k3s-token"},
              .cluster_cidr = *parse_prefix("10.42.0.0/16"),
              .service_cidr = *parse_prefix("10.43.0.0/16")},
      .storage = {.disk = config::Disk{.min_size = parse_bytes("100GiB")}}};
  // All that is not named above comes from the initializers in config.hpp: the two must agree.
  CHECK(*loaded.config == expected);
}

TEST_CASE("config load: every bad document gets exactly the diagnostics beside it") {
  const auto folder = std::filesystem::path(TEST_DATA) / "config/bad";
  std::set<std::filesystem::path> documents;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".toml") documents.insert(entry.path());
  }
  CHECK(documents.size() >= 30);
  for (const auto& path : documents) {
    const auto loaded = load_text(test::read_data(path), path.filename().string());
    INFO(path);
    CHECK_FALSE(loaded.config);
    test::check_golden(std::filesystem::path(path).replace_extension(".txt"), test::report(loaded));
  }
}

TEST_CASE("config load: documents with warnings still load") {
  const auto folder = std::filesystem::path(TEST_DATA) / "config/warn";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml") continue;
    const auto loaded = load_text(test::read_data(entry.path()), entry.path().filename().string());
    INFO(entry.path());
    CHECK(loaded.config);
    test::check_golden(std::filesystem::path(entry.path()).replace_extension(".txt"),
                       test::report(loaded));
  }
}

TEST_CASE("config load: random valid configurations load, each time to the same values") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const auto text = test::random_config(seed);
    const auto loaded = load_text(text, "node.toml");
    INFO(text << test::report(loaded));
    REQUIRE(loaded.config);
    CHECK(test::random_config(seed) == text);
    CHECK(*load_text(text, "again").config == *loaded.config);
  }
}

TEST_CASE("config load: a byte order mark and Windows line ends are no problem") {
  auto text = test::sample();
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
    text.insert(at, "\r");
  CHECK(load_text("\xef\xbb\xbf" + text, "node.toml").config);
  const auto loaded = load_text(test::edited(text, "cp-1", "CP-1"), "node.toml");
  REQUIRE(loaded.diagnostics.size() == 1);
  CHECK(loaded.diagnostics[0].at == config::Position{.line = 4, .column = 8});
  CHECK(loaded.diagnostics[0].source == "name = \"CP-1\"");
}

TEST_CASE("config load: an inline token is kept out of every message and equals itself") {
  const std::string token = "K10-short-and-wrong-secret";
  const auto file = std::string("{ file = \"/run/kgnode/secrets/k3s-token\" }");
  for (const std::string& line :
       {"\"" + token + "\"", "[\"" + token + "\"]", "{ value = \"" + token + "\" }", "\"" + token,
        "\"\"\"\n" + token + "\n\"\"\"", "'''\n" + token + "\nbad\x01"}) {
    const auto loaded = load_text(test::edited(test::sample(), file, line), "node.toml");
    CHECK_FALSE(loaded.config);
    CHECK_FALSE(test::report(loaded).contains("secret\n"));
    CHECK_FALSE(test::report(loaded).contains("short-and"));
  }
  const auto misspelt = load_text(
      test::edited(test::sample(), "token   = " + file, "tokne = \"" + token + "\""), "node.toml");
  CHECK_FALSE(test::report(misspelt).contains("short-and"));

  const auto text = test::edited(test::sample(), file, "\"one-long-password\"");
  const auto loaded = load_text(text, "node.toml");
  REQUIRE(loaded.config);
  CHECK(loaded.config->k3s.token->value->view() == "one-long-password");
  CHECK(*load_text(text, "node.toml").config == *loaded.config);
  CHECK(*load_text(test::edited(text, "one-long", "two-long"), "x").config != *loaded.config);
}

TEST_CASE("config load: a file is read through the interface, and must exist") {
  test::FakeFiles files;
  const auto missing = config::load_file(files, "/etc/kgnode/node.toml");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message() == "read \"/etc/kgnode/node.toml\": No such file or directory");
  files.files["/etc/kgnode/node.toml"] = test::sample();
  const auto loaded = config::load_file(files, "/etc/kgnode/node.toml");
  REQUIRE(loaded);
  CHECK(loaded->config);
  files.files["/etc/kgnode/node.toml"] = std::string((256U << 10) + 1, '\n');
  const auto large = config::load_file(files, "/etc/kgnode/node.toml");
  REQUIRE(large);
  REQUIRE(large->diagnostics.size() == 1);
  CHECK(large->diagnostics[0].message == "the file has 262145 bytes; at most 262144 are read");
}

TEST_CASE("config load: a break-glass account keeps its hash to itself and has a last day") {
  constexpr std::string_view kHash =
      "$y$j9T$abcdefghijklmnopqrstu.$ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno0";
  const auto text = test::sample() + std::format(
                                         "\n[accounts]\numask = \"077\"\nbreak_glass = {{ "
                                         "password_hash = \"{}\", expires = \"2027-01-31\" "
                                         "}}\n",
                                         kHash);
  const auto loaded = load_text(text, "node.toml");
  INFO(test::report(loaded));
  REQUIRE(loaded.config);
  const auto& accounts = loaded.config->accounts;
  CHECK(accounts.umask == config::Umask::anssi);
  REQUIRE(accounts.break_glass);
  CHECK(accounts.break_glass->user == "rescue");
  CHECK(accounts.break_glass->expires == *parse_day("2027-01-31"));
  REQUIRE(accounts.break_glass->password_hash);
  CHECK(accounts.break_glass->password_hash->value->view() == kHash);
  CHECK_FALSE(test::report(loaded).contains(kHash));
}
