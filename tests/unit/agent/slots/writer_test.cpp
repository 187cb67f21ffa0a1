/// An update written to files that stand for partitions: whole, interrupted anywhere, damaged.
#include "agent/slots/writer.hpp"

#include <filesystem>
#include <map>

#include "agent/slots/target.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/agent/slots/support.hpp"

using namespace kgnode::slots;
using Catch::Matchers::ContainsSubstring;
using kgnode::Error, kgnode::Result, kgnode::fail;

namespace {

struct FakeTable final : Table {
  std::map<unsigned, std::string> labels;
  std::map<unsigned, std::string> uuids;
  Result<> name(const std::string&, unsigned partition, const std::string& uuid,
                const std::string& label) override {
    labels[partition] = label;
    uuids[partition] = uuid;
    return {};
  }
};

/// Breaks off after so many reads, as a power cut or a server does.
struct BreakingSource final : kgnode::sys::ByteSource {
  std::unique_ptr<kgnode::sys::ByteSource> real;
  int reads = -1;
  int asked = 0;
  Result<> read(std::uint64_t offset, std::span<char> into) override {
    if (reads == 0) return fail(Error::plain("broken off"));
    if (reads > 0) --reads;
    ++asked;
    return real->read(offset, into);
  }
  const std::string& name() const override { return real->name(); }
};

struct Machine {
  test::Update update;
  FakeTable table;
  BreakingSource source;
  Places places{.disk = "/dev/sda",
                .root = update.folder / "slot-root",
                .verity = update.folder / "slot-verity",
                .root_number = 4,
                .verity_number = 5,
                .entries = update.folder / "entries",
                .running = "1.0.0"};

  Machine() {
    using std::filesystem::resize_file;
    source.real = *kgnode::sys::open_bytes(update.file);
    std::filesystem::create_directory(places.entries);
    for (const auto* name : {"kgnode_1.0.0.efi", "kgnode_0.9.0.efi", "debian.efi"})
      test::write_all(places.entries + "/" + name, "old");
    test::write_all(places.root, std::string(4 * test::Update::kMebibyte, 'x'));
    test::write_all(places.verity, std::string(test::Update::kMebibyte, 'x'));
  }

  Result<> write(int reads = -1) {
    source.reads = -1;
    source.asked = 0;
    auto bundle = open_bundle(source, std::span(&update.key, 1));
    REQUIRE(bundle);
    source.asked = 0;
    source.reads = reads;
    return write_update(source, *bundle, places, table, [](const Progress&) {});
  }
  std::vector<std::string> entries() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(places.entries))
      names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }
  void check_written() {
    CHECK(test::read_all(places.root).starts_with(update.root));
    CHECK(test::read_all(places.verity).starts_with(update.verity));
    CHECK(test::read_all(places.entries + "/kgnode_1.1.0+3.efi") == update.kernel);
    CHECK(entries() == Names{"debian.efi", "kgnode_1.0.0.efi", "kgnode_1.1.0+3.efi"});
    CHECK(table.labels ==
          std::map<unsigned, std::string>{{4, "kgnode_1.1.0"}, {5, "kgnode_1.1.0"}});
    CHECK(table.uuids[4] == "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa");
    CHECK(table.uuids[5] == "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb");
  }
  using Names = std::vector<std::string>;
};

}  // namespace

TEST_CASE("writer: slot, names and entry are as the update has them", "[slots]") {
  Machine machine;
  REQUIRE(machine.write());
  machine.check_written();
}

TEST_CASE("writer: broken off anywhere nothing boots from the slot, and it goes on where it ended",
          "[slots]") {
  // Five chunks are carried: two of the root, one of the hashes, two of the kernel.
  for (int reads = 0; reads < 5; ++reads) {
    Machine machine;
    CAPTURE(reads);
    CHECK_FALSE(machine.write(reads));
    const auto left = machine.entries();
    CHECK_FALSE(std::ranges::contains(left, "kgnode_1.1.0+3.efi"));
    CHECK_FALSE(std::ranges::contains(left, "kgnode_0.9.0.efi"));
    CHECK(std::ranges::contains(left, "kgnode_1.0.0.efi"));
    CHECK(machine.table.labels[4] == "_empty");
    REQUIRE(machine.write());
    // What was in the partitions already was not asked for again.
    CHECK(machine.source.asked == 5 - std::min(reads, 3));
    machine.check_written();
  }
}

TEST_CASE("writer: a damaged payload never becomes bootable", "[slots]") {
  Machine machine;
  auto bytes = test::read_all(machine.update.file);
  bytes[bytes.size() - 3] = 'X';
  test::write_all(machine.update.file, bytes);
  machine.source.real = *kgnode::sys::open_bytes(machine.update.file);
  const auto written = machine.write();
  REQUIRE_FALSE(written);
  CHECK_THAT(written.error().message(), ContainsSubstring("is damaged at byte"));
  CHECK_FALSE(std::ranges::contains(machine.entries(), "kgnode_1.1.0+3.efi"));
  CHECK(machine.table.labels[4] == "_empty");
}

TEST_CASE("writer: entries are listed and changed by name", "[slots]") {
  Machine machine;
  const auto entries = list_entries(machine.places.entries);
  REQUIRE(entries);
  CHECK(entries->size() == 2);
  const Entry good{.version = "1.0.0"};
  REQUIRE(change_entry(machine.places.entries, good,
                       {.version = "1.0.0", .tries_left = 0, .tries_done = 1}));
  CHECK(std::ranges::contains(machine.entries(), "kgnode_1.0.0+0-1.efi"));
  CHECK_FALSE(change_entry(machine.places.entries, good, good));
}
