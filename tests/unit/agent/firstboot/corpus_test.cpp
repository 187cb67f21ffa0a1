/// Whole seeds, as platforms give them, against what a node makes of them.
#include <cstdlib>
#include <filesystem>
#include <format>
#include <fstream>
#include <sstream>

#include "agent/base/text.hpp"
#include "agent/firstboot/firstboot.hpp"
#include "agent/firstboot/plan.hpp"
#include "agent/firstboot/report.hpp"
#include "agent/firstboot/seed.hpp"
#include "agent/firstboot/sources.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace kgnode;
using namespace kgnode::firstboot;

const std::string kCorpus = TEST_DATA "/firstboot";

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string shown(const OutFile& file) {
  return std::format("== {} {:04o}\n{}", file.path, file.mode, file.content);
}

/// `present` beside a seed lists the cards of that machine; without it every listed card is there.
std::vector<PresentLink> present_of(const std::string& folder, const SeedData& seed) {
  std::vector<PresentLink> present;
  if (std::filesystem::exists(folder + "/present")) {
    const auto text = read_text(folder + "/present");
    for (const auto line : split(trim(text), '\n')) {
      const auto words = split_words(line);
      present.push_back({.name = std::string(words[0]), .mac = std::string(words[1])});
    }
  } else if (seed.network) {
    for (const auto& link : seed.network->links)
      present.push_back({.name = link.name, .mac = link.mac});
  }
  return present;
}

std::string result_of(const std::string& folder) {
  sys::RealFiles files;
  auto raw = read_folder(files, folder);
  REQUIRE((raw && *raw));
  (**raw).source.place = "SEED";
  Notes notes;
  const auto seed = read_seed(**raw, notes);
  const auto output = plan(seed, {.present = present_of(folder, seed)}, notes);
  std::string text = to_text({.source = seed.source,
                              .values = output.values,
                              .warnings = notes.warnings,
                              .errors = notes.errors});
  for (const auto& file : output.network) text += shown(file);
  for (const auto& file : output.files) text += shown(file);
  if (output.node_toml) text += shown(*output.node_toml);
  return text;
}

}  // namespace

TEST_CASE("every seed of the corpus gives the files and notes that were reviewed") {
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kCorpus)) {
    if (!entry.is_directory()) continue;
    const auto folder = entry.path().string();
    INFO(folder);
    const auto result = result_of(folder);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): Catch2 runs one thread
    if (std::getenv("KGNODE_TEST_ACCEPT") != nullptr) std::ofstream(folder + "/expected") << result;
    CHECK(result == read_text(folder + "/expected"));
    ++seen;
  }
  CHECK(seen >= 14);
}

TEST_CASE("firstboot offline writes below the given folder and says what it found") {
  const test::TempDir out;
  CHECK(run_command({.seed = kCorpus + "/ovh-bgpovs", .out = out.path()}) == 0);
  CHECK(read_text(out / "etc/kgnode/node.toml").contains("name = \"cp-1\""));
  CHECK(read_text(out / "etc/hostname") == "cp-1\n");
  CHECK(std::filesystem::exists(out / "run/systemd/network/10-kgnode-0-tap2f9a4c1e-7d.network"));
  const auto perms = std::filesystem::status(out / "etc/kgnode/node.toml").permissions();
  CHECK(perms == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  sys::RealFiles files;
  const auto report = read_report(files, out / "run/kgnode/firstboot.json");
  REQUIRE((report && *report));
  CHECK((*report)->source.kind == SourceKind::config_drive);
  CHECK((*report)->errors.empty());
}

TEST_CASE(
    "firstboot offline fails loudly when a part cannot be used, and still writes the network") {
  const test::TempDir out;
  CHECK(run_command({.seed = kCorpus + "/broken-toml", .out = out.path()}) == 1);
  CHECK_FALSE(std::filesystem::exists(out / "etc/kgnode/node.toml"));
  CHECK(std::filesystem::exists(out / "run/systemd/network/10-kgnode-0-tap2f9a4c1e-7d.network"));
  CHECK(read_text(out / "run/kgnode/firstboot.json").contains("node.toml.rejected:2:6: "));
}

TEST_CASE("firstboot refuses options that do not go together") {
  CHECK(run_command({.seed = "/nowhere"}) == 64);
  CHECK(run_command({.seed = "/nowhere", .out = "/nowhere", .network_stage = true}) == 64);
}
