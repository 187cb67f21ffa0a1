/// The decisions of first boot: who gets the default route, whose keys count, when node.toml is
/// written.
#include "agent/firstboot/plan.hpp"

#include "agent/base/kept_tokens.hpp"
#include "agent/firstboot/memory.hpp"
#include "agent/firstboot/node_toml.hpp"
#include "agent/firstboot/report.hpp"
#include "tests/support/catch.hpp"

using namespace kgnode;
using namespace kgnode::firstboot;

namespace {

const std::string kToml = "schema = 1\n[node]\nname = \"cp-1\"\n";

SeedData seed_of(std::string instance, std::string hash = "h1") {
  return {.source = {.kind = SourceKind::config_drive, .place = "/dev/sr0"},
          .meta_name = "meta",
          .network_name = "network",
          .user_data_name = "user",
          .meta = {.instance_id = std::move(instance), .name = "cp-1"},
          .user_data = {.node = NodeDocument{.text = kToml, .from = "user"}},
          .user_data_sha256 = std::move(hash)};
}

LinkAddress own(const char* address, std::uint8_t length) {
  return {*parse_address(address), length};
}
Route by(const char* gateway) {
  const auto via = *parse_address(gateway);
  return {.to = make_prefix({.family = via.family}, 0), .via = via};
}

}  // namespace

TEST_CASE("plan: node.toml is written once per instance and never over the operator's") {
  struct Row {
    const char* what;
    std::optional<std::string> there;
    std::optional<State> state;
    bool written;
    std::size_t warnings;  // beside the one for the missing network
  };
  const std::vector<Row> rows{
      {"first boot", std::nullopt, std::nullopt, true, 0},
      {"next boot", kToml, State{"i1", "h1"}, false, 0},
      {"user data changed", kToml, State{"i1", "h0"}, false, 1},
      {"disk copied to a new instance", kToml, State{"i0", "h1"}, true, 0},
      {"file of the operator, first boot", kToml, std::nullopt, false, 1},
      {"file lost", std::nullopt, State{"i1", "h1"}, true, 0},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    Notes notes;
    const auto output = plan(seed_of("i1"), {.node_toml = row.there, .state = row.state}, notes);
    CHECK(output.node_toml.has_value() == row.written);
    CHECK(output.state.has_value() == row.written);
    CHECK(notes.warnings.size() == row.warnings + 1);
    CHECK(notes.errors.empty());
  }
}

TEST_CASE("plan: an inline join token is kept in a file of its own, the rest byte for byte") {
  auto seed = seed_of("i1");
  const std::string before = kToml + "# of the cluster\n[k3s]\ntoken   = ";
  const std::string after = "  # once\nlabels = [\"ö=ü\"]\n";
  seed.user_data.node->text = before + "\"sec\\\"ret\"" + after;
  Notes notes;
  const auto output = plan(seed, {}, notes);
  REQUIRE(output.node_toml);
  CHECK(output.node_toml->content ==
        before + "{ file = \"/var/lib/kgnode/secrets/k3s-token\" }" + after);
  REQUIRE(output.token);
  CHECK(output.token->path == "/var/lib/kgnode/secrets/k3s-token");
  CHECK(output.token->content == "sec\"ret");
  CHECK(output.token->mode == 0600);
  CHECK(notes.errors.empty());
}

TEST_CASE("node.toml: a token is taken out wherever TOML lets it be, and nothing else") {
  const std::string file = "/f";
  for (const std::string text : {"k3s = { labels = ['ö=€'], token = 'x' }\n",
                                 "k3s.token = \"\"\"x\"\"\"\n", "[k3s]\n\"token\" = \"\\u0078\""}) {
    INFO(text);
    const auto parted = part_token(text, file);
    REQUIRE(parted);
    CHECK(parted->token == "x");
    CHECK(parted->text.contains("{ file = \"/f\" }"));
    CHECK_FALSE(part_token(parted->text, file));
  }
  for (const std::string text : {"[k3s]\ntoken = { file = \"/run/t\" }\n", "[k3s]\ntoken = 5\n",
                                 "token = \"x\"\n", "k3s = 1\n", "[k3s\n", ""})
    CHECK_FALSE(part_token(text, file));
}

TEST_CASE("plan: a configuration with errors is kept aside and every error is told") {
  Notes notes;
  const auto check = [](std::string_view, std::string_view name) {
    return std::vector<std::string>{std::string(name) + ":3:1: wrong"};
  };
  const auto output = plan(seed_of("i1"), {.check = check}, notes);
  CHECK_FALSE(output.node_toml);
  CHECK_FALSE(output.state);
  REQUIRE(output.rejected);
  CHECK(output.rejected->mode == 0600);
  REQUIRE(notes.errors.size() == 2);
  CHECK(notes.errors[0].text == "/run/kgnode/node.toml.rejected:3:1: wrong");
  CHECK(notes.errors[1].text.contains("kgnode apply /run/kgnode/node.toml.rejected"));
}

TEST_CASE(
    "plan: what is no TOML is kept aside as it is, with the place of the error in that copy") {
  auto seed = seed_of("i1");
  seed.user_data.node->text = "schema = 1\n[node\n";
  seed.user_data.ssh_keys = {"ssh-ed25519 AAAA"};
  Notes notes;
  const auto output = plan(seed, {}, notes);
  CHECK_FALSE(output.node_toml);
  CHECK_FALSE(output.state);
  REQUIRE(output.rejected);
  CHECK(output.rejected->content == seed.user_data.node->text);
  CHECK(output.hostname == "cp-1");
  REQUIRE(notes.errors.size() == 2);
  CHECK(notes.errors[0].text.starts_with("/run/kgnode/node.toml.rejected:2:6: "));
}

TEST_CASE("plan: a text of an editor that writes UTF-16 is called that") {
  auto seed = seed_of("i1");
  seed.user_data.node->text = std::string("\xff\xfes\0c\0", 6);
  Notes notes;
  CHECK_FALSE(plan(seed, {}, notes).node_toml);
  REQUIRE_FALSE(notes.errors.empty());
  CHECK(notes.errors[0].text.starts_with("/run/kgnode/node.toml.rejected:1:1: the text is UTF-16"));
}

TEST_CASE("plan: no configuration anywhere is an error with the next command") {
  auto seed = seed_of("i1");
  seed.user_data = {};
  Notes notes;
  CHECK_FALSE(plan(seed, {}, notes).node_toml);
  REQUIRE(notes.errors.size() == 1);
  CHECK(notes.errors[0].text.contains("kgnode apply FILE"));
  Notes quiet;
  (void)plan(seed, {.node_toml = kToml, .state = State{"i0", ""}}, quiet);
  CHECK(quiet.errors.empty());
}

TEST_CASE(
    "plan: an address that no card here has is an error, because nobody would hear the node") {
  const auto errors = [](const char* address, std::vector<Link> links, bool by_hand = false) {
    auto seed = seed_of("i1");
    seed.user_data.node->text +=
        std::string("[network]\nvrack = \"10.0.0.0/24\"\naddress = \"") + address + "\"\n";
    seed.network = Network{.links = std::move(links)};
    if (by_hand) seed.user_data.files = {{.path = "/etc/systemd/network/5.network"}};
    Notes notes;
    (void)plan(seed, {.present = {{"eth1", "02:00:00:00:00:01"}}}, notes);
    return notes.errors;
  };
  const Link here{.id = "tap1", .mac = "02:00:00:00:00:01", .addresses = {own("10.0.0.11", 24)}};
  const Link gone{.id = "tap1", .mac = "02:00:00:00:00:09", .addresses = {own("10.0.0.11", 24)}};
  const Link dhcp{.id = "tap0", .mac = "02:00:00:00:00:02", .dhcp4 = true};
  CHECK(errors("10.0.0.11", {here}).empty());
  CHECK(errors("10.0.0.12", {here, dhcp}).empty());
  CHECK(errors("10.0.0.12", {here}, true).empty());
  CHECK(errors("10.0.0.12", {here}) ==
        std::vector<Note>{{"network",
                           "no link has network.address 10.0.0.12; there is 10.0.0.11 on link "
                           "\"tap1\": give the address that the instance has on the vRack"}});
  CHECK(errors("10.0.0.11", {gone}) ==
        std::vector<Note>{{"network",
                           "network.address 10.0.0.11 is on link \"tap1\", and no card with MAC "
                           "02:00:00:00:00:09 is here: attach the instance to the vRack"}});
}

TEST_CASE("default route: one link per family, the Internet side before the private one") {
  const Link vrack{.id = "vrack",
                   .mac = "02:00:00:00:00:01",
                   .addresses = {own("203.0.113.9", 24)},
                   .routes = {by("203.0.113.1")}};
  const Link lan{.id = "lan",
                 .mac = "02:00:00:00:00:02",
                 .addresses = {own("192.168.0.5", 24)},
                 .routes = {by("192.168.0.1")}};
  const Link dhcp{.id = "dhcp", .mac = "02:00:00:00:00:03", .dhcp4 = true};
  const Link jumbo{.id = "jumbo", .mac = "02:00:00:00:00:04", .mtu = 9000, .dhcp4 = true};
  const Link bgpovs{.id = "ovh", .type = "bgpovs", .mac = "02:00:00:00:00:05", .dhcp4 = true};
  const auto chosen = [](std::vector<Link> links, const char* prefix = "203.0.113.0/24") {
    const Network network{.links = std::move(links)};
    const auto routes = choose_default_routes(network, parse_prefix(prefix));
    return routes.ipv4 != nullptr ? routes.ipv4->id : "none";
  };
  CHECK(chosen({lan, dhcp}) == "dhcp");
  CHECK(chosen({vrack, dhcp}) == "dhcp");
  CHECK(chosen({dhcp, vrack}, "10.0.0.0/24") == "vrack");
  CHECK(chosen({jumbo, dhcp}) == "dhcp");
  CHECK(chosen({dhcp, bgpovs}) == "ovh");
  CHECK(chosen({lan}) == "lan");
  CHECK(chosen({jumbo, jumbo}) == "jumbo");
  CHECK(chosen({}) == "none");
}

TEST_CASE("node.toml: a name and keys are put in, the rest of the text stays byte for byte") {
  struct Row {
    const char* before;
    const char* after;
  };
  const std::vector<Row> names{
      {"a = 1\n", "a = 1\n\n[node]\nname = \"x\"\n"},
      {"# c\n[node] # d\nrole = \"worker\"\n[k3s]\n",
       "# c\n[node] # d\nname = \"x\"\nrole = \"worker\"\n[k3s]\n"},
      {"[node]", "[node]\nname = \"x\"\n"},
      {"node = {role = \"worker\"}\n", "node = { name = \"x\",role = \"worker\"}\n"},
      {"node.role = \"worker\"\n", "node.name = \"x\"\nnode.role = \"worker\"\n"},
      {"s = \"\"\"\n[node]\n\"\"\"\n", "s = \"\"\"\n[node]\n\"\"\"\n\n[node]\nname = \"x\"\n"},
      {"", "\n[node]\nname = \"x\"\n"},
  };
  for (const auto& row : names) {
    INFO(row.before);
    CHECK(with_node_name(row.before, "x") == row.after);
  }
  CHECK(with_ssh_keys("[admin]\nssh_keys = [\"a\"] # mine\n", {"a", "b"}) ==
        "[admin]\nssh_keys = [\"b\", \"a\"] # mine\n");
  CHECK(with_ssh_keys("[admin]\nssh_keys = []\n", {"a"}) == "[admin]\nssh_keys = [\"a\"]\n");
  CHECK(with_ssh_keys("", {"a \"b\""}) == "\n[admin]\nssh_keys = [\"a \\\"b\\\"\"]\n");
  CHECK_FALSE(with_node_name("node = 1\n", "x"));
  CHECK_FALSE(with_ssh_keys("not toml", {"a"}));
}

TEST_CASE("what is remembered and reported reads back as it was") {
  CHECK(parse_state(to_json(State{"i1", "h1"})) == State{"i1", "h1"});
  CHECK_FALSE(parse_state("{"));
  const Report report{.source = {.kind = SourceKind::nocloud, .place = "/dev/sdb"},
                      .stage = "local",
                      .values = {{"hostname", "cp-1", "meta"}},
                      .warnings = {{"here", "a"}},
                      .errors = {{"there", "b"}}};
  CHECK(parse_report(to_json(report)).value() == report);
  CHECK(first_error({}).empty());
  CHECK(first_error(report) == "there: b");
  CHECK(first_error({.errors = {{"there", "b"}, {"here", "c"}}}) == "there: b (and 1 more)");
  CHECK_FALSE(parse_report("nonsense"));
}

TEST_CASE("the cache holds who the instance is and its network, never user data") {
  const RawSeed raw{
      .network = {.name = "openstack/latest/network_data.json", .text = "{\"links\": []}"},
      .user_data = {.name = "user_data", .text = "token = \"K10secret\""}};
  const auto text = to_cache(raw, {.instance_id = "i1", .name = "cp-1", .ssh_keys = {"k"}});
  CHECK_FALSE(text.contains("K10secret"));
  const auto again = parse_cache(text);
  REQUIRE(again);
  CHECK(again->source.kind == SourceKind::cache);
  CHECK(again->network.text == raw.network.text);
  CHECK_FALSE(again->user_data.text);
}
