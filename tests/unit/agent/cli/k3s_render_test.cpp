#include <filesystem>
#include <fstream>
#include <iterator>

#include "agent/cli/k3s.hpp"
#include "tests/support/k3s_config.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode::cli;

namespace {

const test::ClusterNode kWorker{.name = "worker-1", .role = "worker", .address = "10.0.0.21"};

struct World {
  test::TempDir folder;

  int render(const test::ClusterNode& node, const std::string& start = {}) const {
    std::ofstream(folder / "node.toml") << test::cluster_text(node);
    return render_k3s({.config = folder / "node.toml", .out = folder / "out", .start = start});
  }

  std::string config() const {
    std::ifstream file(folder / "out/etc/rancher/k3s/config.yaml");
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

}  // namespace

TEST_CASE("kgnode k3s render: the first server begins, the others join it", "[k3s][render]") {
  World first;
  CHECK(first.render({}) == 0);
  CHECK(first.config().contains("cluster-init: true"));
  World second;
  CHECK(second.render({.name = "cp-2", .address = "10.0.0.12"}) == 0);
  CHECK(second.config().contains("server: \"https://10.0.0.11:6443\""));
  World worker;
  CHECK(worker.render(kWorker) == 0);
  CHECK(worker.config().contains("server: \"https://10.0.0.11:6443\""));
  World again;
  CHECK(again.render({}, "resume") == 0);
  CHECK(again.config().contains("server: \"https://10.0.0.12:6443\""));
}

TEST_CASE("kgnode k3s render: secret files have their mode", "[k3s][render]") {
  World world;
  REQUIRE(world.render({}) == 0);
  using enum std::filesystem::perms;
  const auto path = world.folder / "out/etc/rancher/k3s/config.yaml";
  CHECK(std::filesystem::status(path).permissions() == (owner_read | owner_write));
}

TEST_CASE("kgnode k3s render: nothing is written where something is, or of what is not valid",
          "[k3s][render]") {
  World used;
  REQUIRE(used.render(kWorker) == 0);
  const auto before = used.config();
  CHECK(used.render({}) == 1);
  CHECK(used.config() == before);
  World invalid;
  CHECK(invalid.render({.role = "captain"}) == 1);
  CHECK_FALSE(std::filesystem::exists(invalid.folder / "out"));
  World starting;
  CHECK(starting.render(kWorker, "initialise") == 1);
  CHECK_FALSE(std::filesystem::exists(starting.folder / "out"));
}
