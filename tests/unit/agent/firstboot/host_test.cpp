/// When cloud-init owns first boot.
#include "agent/firstboot/host.hpp"

#include <filesystem>
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace kgnode;

namespace {

struct Entry {
  std::string path;
  std::string text;
};

bool rules(const std::vector<Entry>& entries, const std::string& masked = {}) {
  const test::TempDir root;
  for (const auto& entry : entries) {
    const std::filesystem::path path = root / entry.path;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << entry.text;
  }
  if (!masked.empty()) {
    const std::filesystem::path path = root / masked;
    std::filesystem::create_directories(path.parent_path());
    std::filesystem::create_symlink("/dev/null", path);
  }
  sys::RealFiles files;
  return firstboot::cloud_init_rules(files, root.path());
}

}  // namespace

TEST_CASE("cloud-init owns first boot where it is installed and nothing disables it") {
  const Entry program{"usr/bin/cloud-init", ""};
  CHECK_FALSE(rules({}));
  CHECK(rules({program}));
  CHECK(rules({program, {"proc/cmdline", "quiet cloud-init=enabled\n"}}));
  CHECK_FALSE(rules({program, {"etc/cloud/cloud-init.disabled", ""}}));
  CHECK_FALSE(rules({program, {"run/cloud-init/disabled", ""}}));
  CHECK_FALSE(rules({program}, "etc/systemd/system/cloud-init.target"));
  CHECK_FALSE(rules({program, {"proc/cmdline", "quiet cloud-init=disabled\n"}}));
}

TEST_CASE("a container's own command line counts, not the one of its host") {
  const Entry program{"usr/bin/cloud-init", ""};
  const Entry container{"run/systemd/container", "systemd-nspawn\n"};
  const Entry off{"proc/1/cmdline", std::string("/sbin/init\0cloud-init=disabled\0", 31)};
  CHECK_FALSE(rules({program, container, off}));
  CHECK(rules({program, off}));
  CHECK(rules({program, container, {"proc/cmdline", "cloud-init=disabled\n"}}));
}
