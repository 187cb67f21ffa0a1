/// The encryption of the data disk, by cryptsetup(8) and systemd-cryptenroll(1). Neither argument
/// vector nor log ever has the passphrase: it goes in by standard input.
#include <format>

#include "agent/base/text.hpp"
#include "agent/sys/secret.hpp"
#include "storage/storage.hpp"

namespace kgnode::storage {
namespace {

constexpr auto kCryptsetup = "/usr/sbin/cryptsetup";
constexpr auto kCryptenroll = "/usr/bin/systemd-cryptenroll";

}  // namespace

/// Without the end of its line. Empty: there is none here, and the TPM opens the disk.
Result<std::string> Storage::read_passphrase() {
  const auto& secret = want_.encryption->passphrase;
  if (!secret) return std::string();
  if (secret->value) return std::string(secret->value->view());
  auto text = TRY(files_.read(secret->file));
  if (!text) {
    if (want_.encryption->tpm2) return std::string();
    return fail(Error::plain(std::format("{} is not there: it holds storage.encryption.passphrase",
                                         quote(secret->file))));
  }
  auto line = text->substr(0, text->find('\n'));
  sys::wipe(*text);
  return line;
}

Task<Result<>> Storage::change_container(const Step& step) {
  const std::string name(kMapping);
  std::vector<std::string> command;
  if (step.action == Action::lock) {
    command = {kCryptsetup, "close", name};
    co_return co_await run(std::move(command));
  }
  if (step.action == Action::grow_container) {
    command = {kCryptsetup, "resize", name};
    co_return co_await run(std::move(command));
  }
  const auto device = partition_file(step.subject);
  if (!device) co_return fail(device.error());
  auto passphrase = read_passphrase();
  if (!passphrase) co_return fail(passphrase.error());
  if (step.action == Action::encrypt) {
    command = {kCryptsetup,
               "luksFormat",
               "--type",
               "luks2",
               "--batch-mode",
               "--label",
               std::string(kLabel),
               "--uuid",
               make_identity(want_.node).container,
               *device};
  } else if (step.action == Action::enroll) {
    command = {kCryptenroll, "--tpm2-device=auto", "--unlock-key-file=/dev/stdin", *device};
  } else {
    // Tokens are tried first, then the passphrase. With the key in a keyring resizing would ask
    // for it again.
    command = {kCryptsetup, "open", "--type", "luks2", "--disable-keyring", *device, name};
  }
  if (passphrase->empty() && step.action != Action::unlock)
    co_return fail(Error::plain("the passphrase is empty: see storage.encryption.passphrase"));
  // cryptsetup reads a line, as a person would type it; the other one takes a file as it is.
  if (step.action != Action::enroll) *passphrase += '\n';
  co_return co_await run(std::move(command), *std::move(passphrase));
}

}  // namespace kgnode::storage
