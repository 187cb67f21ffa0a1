/// Config drives as real images on loop devices: found by label and read without a mount.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "agent/base/text.hpp"
#include "agent/firstboot/sources.hpp"
#include "agent/sys/block_probe.hpp"
#include "agent/sys/fat.hpp"
#include "agent/sys/iso9660.hpp"
#include "agent/sys/loop.hpp"
#include "agent/sys/real_process.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace kgnode;

const std::string kSeed = TEST_DATA "/firstboot/ovh-bgpovs";

Result<sys::Output> run(sys::Command command) {
  sys::Loop loop;
  sys::RealProcesses processes(loop);
  std::optional<Result<sys::Output>> output;
  spawn(processes.run(std::move(command)), [&output, &loop](Result<sys::Output> result) {
    output = std::move(result);
    loop.stop();
  });
  if (!output) loop.run();
  return *std::move(output);
}

sys::Output must(std::vector<std::string> argv) {
  auto output = run({.argv = std::move(argv)});
  REQUIRE(output);
  INFO(output->err);
  REQUIRE(output->status == 0);
  return *std::move(output);
}

void make_iso(const std::string& image, const std::string& label) {
  must({"/usr/bin/xorriso", "-as", "mkisofs", "-quiet", "-V", label, "-J", "-r", "-o", image,
        kSeed});
}

void make_fat(const std::string& image, const std::string& label) {
  std::ofstream(image).close();
  std::filesystem::resize_file(image, std::uintmax_t{64} << 20);  // the size Nova makes
  must({"/usr/sbin/mkfs.vfat", "-n", label, image});
  must({"/usr/bin/mcopy", "-s", "-i", image, kSeed + "/openstack", "::/"});
}

/// A loop device for as long as the test runs.
class Loopback {
 public:
  explicit Loopback(const std::string& image)
      : device_(trim(must({"/usr/sbin/losetup", "--find", "--show", "--read-only", image}).out)) {}
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;
  ~Loopback() {
    (void)run({.argv = {"/usr/sbin/losetup", "--detach", device_}});
  }  // the test is over
  const std::string& device() const { return device_; }

 private:
  std::string device_;
};

std::string seed_text(const std::string& name) {
  sys::RealFiles files;
  return files.read(kSeed + "/" + name, sys::Files::kReadLimit)->value();
}

}  // namespace

TEST_CASE("an ISO 9660 config drive is read by its long names, from an image and from a device") {
  const test::TempDir dir;
  make_iso(dir / "drive.iso", "config-2");
  const Loopback loop(dir / "drive.iso");
  for (const auto& path : {dir / "drive.iso", loop.device()}) {
    INFO(path);
    auto iso = sys::Iso9660::open(path);
    REQUIRE(iso);
    CHECK(iso->read("openstack/latest/network_data.json", 1 << 20)->value() ==
          seed_text("openstack/latest/network_data.json"));
    CHECK_FALSE(iso->read("openstack/latest/vendor_data.json", 1 << 20)->has_value());
    CHECK_FALSE(iso->read("openstack/latest", 1 << 20)->has_value());
    CHECK_FALSE(iso->read("openstack/latest/user_data", 10));
  }
}

TEST_CASE("a damaged ISO 9660 volume is refused, not believed") {
  const test::TempDir dir;
  make_iso(dir / "drive.iso", "config-2");
  std::filesystem::resize_file(dir / "drive.iso", 64 << 10);
  auto iso = sys::Iso9660::open(dir / "drive.iso");
  if (iso) {
    const auto read = iso->read("openstack/latest/user_data", 1 << 20);
    CHECK((!read || !*read));
  }
  std::ofstream(dir / "noise") << std::string(100'000, 'x');
  CHECK_FALSE(sys::Iso9660::open(dir / "noise"));
}

TEST_CASE("a FAT config drive is read by mtools, and an absent file is no error") {
  const test::TempDir dir;
  make_fat(dir / "drive.img", "CONFIG-2");
  const Loopback loop(dir / "drive.img");
  for (const auto& path : {dir / "drive.img", loop.device()}) {
    INFO(path);
    const auto text = sys::read_fat_file(run, path, "openstack/latest/user_data");
    REQUIRE((text && *text));
    CHECK(**text == seed_text("openstack/latest/user_data"));
    const auto absent = sys::read_fat_file(run, path, "openstack/latest/vendor_data.json");
    REQUIRE(absent);
    CHECK_FALSE(absent->has_value());
    const auto no_folder = sys::read_fat_file(run, path, "nowhere/at/all");
    REQUIRE(no_folder);
    CHECK_FALSE(no_folder->has_value());
  }
  std::ofstream(dir / "noise") << std::string(100'000, 'x');
  CHECK_FALSE(sys::read_fat_file(run, dir / "noise", "openstack/latest/user_data"));
}

TEST_CASE("drives are found by their label without case, the config drive before NoCloud") {
  const test::TempDir dir;
  make_fat(dir / "fat.img", "CONFIG-2");
  make_iso(dir / "iso.img", "config-2");
  const Loopback fat(dir / "fat.img");
  const Loopback iso(dir / "iso.img");
  const auto volumes = sys::list_volumes();
  CHECK(std::ranges::contains(volumes, sys::Volume{fat.device(), "vfat", "CONFIG-2"}));
  CHECK(std::ranges::contains(volumes, sys::Volume{iso.device(), "iso9660", "config-2"}));
  firstboot::Notes notes;
  const auto found = firstboot::read_drives(run, notes);
  REQUIRE(found.size() >= 2);
  for (const auto& raw : found) {
    if (raw.source.place != fat.device() && raw.source.place != iso.device()) continue;
    CHECK(raw.meta.text == seed_text("openstack/latest/meta_data.json"));
    CHECK(raw.user_data.text == seed_text("openstack/latest/user_data"));
  }
}
