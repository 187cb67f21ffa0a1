#pragma once
/// Configurations of one small cluster, and what is rendered of them.
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/load.hpp"
#include "k3s/render/render.hpp"
#include "tests/support/catch.hpp"

namespace test {

inline constexpr std::string_view kClusterHead = R"(schema = 1
[network]
vrack = "10.0.0.0/24"
address = "@ADDRESS@"
[admin]
ssh_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ops"]
[node]
name = "@NAME@"
role = "@ROLE@"
@NODE@
[k3s]
servers = ["10.0.0.11", "10.0.0.12", "10.0.0.13"]
token = "never-rendered-token"
)";

struct ClusterNode {
  std::string name = "cp-1";
  std::string role = "control-plane";
  std::string address = "10.0.0.11";
  std::string node;  // further lines of [node]
  std::string rest;  // further lines of [k3s], and what follows it
};

inline std::string cluster_text(const ClusterNode& node) {
  std::string text(kClusterHead);
  for (const auto& [mark, value] : {std::pair("@ADDRESS@", node.address),
                                    {"@NAME@", node.name},
                                    {"@ROLE@", node.role},
                                    {"@NODE@", node.node}})
    text.replace(text.find(mark), std::string_view(mark).size(), value);
  return text + node.rest;
}

inline kgnode::config::Config load_valid(const std::string& text) {
  auto loaded = kgnode::config::load_text(text, "node.toml");
  for (const auto& diagnostic : loaded.diagnostics)
    UNSCOPED_INFO(kgnode::config::to_text(diagnostic));
  REQUIRE(loaded.config);
  return *std::move(loaded.config);
}

inline std::string text_of(const std::vector<kgnode::k3s::File>& files, std::string_view path) {
  for (const auto& file : files) {
    if (file.path == path) return file.text;
  }
  FAIL("no file " << path);
  return {};
}

}  // namespace test
