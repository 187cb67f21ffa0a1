/// The data disk encrypted: prepared, opened after a reboot, grown, interrupted.
#include <memory>

#include "agent/sys/secret.hpp"
#include "tests/unit/storage/support.hpp"

using kgnode::config::Encryption, kgnode::config::Secret;
using kgnode::core::Condition, kgnode::core::Mode, kgnode::core::Phase;
using Texts = std::vector<std::string>;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr auto kPassphrase = "correct horse";

Encryption with_passphrase() {
  std::string text = kPassphrase;
  auto secret = kgnode::sys::SecretBuffer::take(text);
  return {.passphrase =
              Secret{.value = std::make_shared<const kgnode::sys::SecretBuffer>(*std::move(secret)),
                     .file = {}}};
}

struct EncryptedNode : test::StorageNode {
  EncryptedNode() {
    want.encryption = with_passphrase();
    disks.devices = {test::make_disk("sdb", 20)};
  }
  Condition check() { return test::reconcile(domain, want, Mode::check); }
};

Texts texts_of(const Condition& condition) {
  Texts texts;
  for (const auto& step : condition.steps) texts.push_back(step.text);
  return texts;
}

bool is_ready(test::StorageNode& node) {
  return node.disks.mounted && node.disks.mounted->device == "dm-0";
}

}  // namespace

TEST_CASE("storage encryption: a blank disk is encrypted and mounted, and then nothing is left",
          "[storage]") {
  EncryptedNode node;
  const auto done = node.enforce();
  CHECK(done.error == "");
  CHECK(done.phase == Phase::applied);
  CHECK(is_ready(node));
  CHECK(node.check().phase == Phase::in_sync);
}

TEST_CASE("storage encryption: the passphrase goes by standard input only", "[storage]") {
  EncryptedNode node;
  node.want.encryption->tpm2 = true;
  const auto done = node.enforce();
  REQUIRE(done.phase == Phase::applied);
  // Formatted, opened, closed, opened.
  CHECK(node.inputs == Texts{"correct horse\n", "correct horse\n", "", "correct horse\n"});
  bool enrolled = false;
  for (const auto& call : node.processes.calls) {
    enrolled = enrolled || call.front() == "/usr/bin/systemd-cryptenroll";
    for (const auto& word : call) CHECK_THAT(word, !ContainsSubstring(kPassphrase));
  }
  CHECK(enrolled);
  for (const auto& step : done.steps) CHECK_THAT(step.after, !ContainsSubstring(kPassphrase));
}

TEST_CASE("storage encryption: after a reboot the disk is opened, never made anew", "[storage]") {
  EncryptedNode node;
  (void)node.enforce();
  const auto writes = node.disks.writes;
  node.reboot();
  CHECK(texts_of(node.check()) == Texts{"unlock sdb", "mount the data disk at /var/lib/longhorn"});
  CHECK(node.enforce().phase == Phase::applied);
  CHECK(is_ready(node));
  CHECK(node.disks.writes == writes);
}

TEST_CASE("storage encryption: interrupted before any write it is completed, with or without power",
          "[storage]") {
  for (const bool reboots : {true, false}) {
    int power = 0;
    for (bool cut = true; cut; ++power) {
      EncryptedNode node;
      node.disks.power = power;
      cut = node.enforce().phase == Phase::failed;
      node.disks.power = -1;
      if (reboots) node.reboot();
      CAPTURE(power, reboots);
      const auto done = node.enforce();
      CHECK(done.error == "");
      CHECK(is_ready(node));
      CHECK(node.check().phase == Phase::in_sync);
    }
    CHECK(power > 8);
  }
}

TEST_CASE("storage encryption: with and without it are two different disks", "[storage]") {
  EncryptedNode node;
  (void)node.enforce();
  node.reboot();
  const auto writes = node.disks.writes;
  auto other = node.want;
  other.encryption.reset();
  CHECK_THAT(test::reconcile(node.domain, other, Mode::enforce).error,
             ContainsSubstring("was prepared with encryption"));
  test::StorageNode plain;
  plain.disks.devices = {test::make_disk("sdb", 20)};
  (void)plain.enforce();
  plain.want.encryption = with_passphrase();
  CHECK_THAT(plain.enforce().error, ContainsSubstring("was prepared without encryption"));
  CHECK(node.disks.writes == writes);
}

TEST_CASE("storage encryption: partition, encryption and file system grow in this order",
          "[storage]") {
  EncryptedNode node;
  (void)node.enforce();
  node.disks.find("sdb")->size *= 2;
  CHECK(texts_of(node.check()) == Texts{"enlarge the partition of sdb",
                                        "enlarge the encryption on sdb",
                                        "enlarge the file system on dm-0"});
  CHECK(node.enforce().error == "");
  CHECK(node.check().phase == Phase::in_sync);
  CHECK(node.disks.find("dm-0")->signatures.front().size > 39 * test::kGibibyte);
}

TEST_CASE("storage encryption: the TPM alone opens a disk, and prepares none", "[storage]") {
  EncryptedNode node;
  node.want.encryption = Encryption{.passphrase = std::nullopt, .tpm2 = true};
  CHECK_THAT(node.enforce().error, ContainsSubstring("takes storage.encryption.passphrase"));
  CHECK(node.disks.writes.empty());
  node.want.encryption = with_passphrase();
  (void)node.enforce();
  node.reboot();
  node.want.encryption = Encryption{.passphrase = std::nullopt, .tpm2 = true};
  CHECK(node.enforce().phase == Phase::applied);
  CHECK(node.inputs.back() == "\n");
}

TEST_CASE("storage encryption: a passphrase in a file is its first line", "[storage]") {
  EncryptedNode node;
  node.want.encryption = Encryption{.passphrase = Secret{.value = nullptr, .file = "/run/key"}};
  CHECK_THAT(node.enforce().error, ContainsSubstring("\"/run/key\" is not there"));
  node.files.files["/run/key"] = "one line\nanother\n";
  CHECK(node.enforce().error == "");
  CHECK(node.inputs.back() == "one line\n");
  node.files.files["/run/key"] = "\n";
  node.disks.devices = {test::make_disk("sdc", 20)};
  node.disks.mounted.reset();
  CHECK_THAT(node.enforce().error, ContainsSubstring("the passphrase is empty"));
}
