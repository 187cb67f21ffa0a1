/// The build's tool for updates: makes keys, makes and signs the file of an update.
///
///   bundle-tool key FILE                    a new key pair: FILE is the secret, FILE.pub goes into
///   images bundle-tool make --key FILE --version V --rollback-index N --root-hash H ROOT VERITY
///   KERNEL OUT
#include <sys/stat.h>

#include <array>
#include <format>
#include <fstream>
#include <iterator>
#include <print>
#include <string>

#include <CLI/CLI.hpp>
#include <sodium.h>

#include "agent/base/text.hpp"
#include "agent/slots/make_bundle.hpp"

namespace {

using SecretKey = std::array<unsigned char, crypto_sign_SECRETKEYBYTES>;

template <std::size_t kSize>
std::string to_base64(const std::array<unsigned char, kSize>& bytes) {
  std::string text(sodium_base64_encoded_len(kSize, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the zero at its end
  return text;
}

int make_key(const std::string& file) {
  if (std::ifstream(file)) {
    std::println(stderr, "bundle-tool: {} is there already, and is not replaced", file);
    return 1;
  }
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> open{};
  SecretKey secret{};
  crypto_sign_keypair(open.data(), secret.data());
  ::umask(0077);
  std::ofstream(file) << "ed25519-secret " << to_base64(secret) << "\n";
  std::ofstream(file + ".pub") << "ed25519 " << to_base64(open) << "\n";
  return 0;
}

kgnode::Result<SecretKey> read_key(const std::string& file) {
  std::ifstream stream(file);
  std::string kind;
  std::string base64;
  stream >> kind >> base64;
  SecretKey key{};
  std::size_t size = 0;
  const int decoded = sodium_base642bin(key.data(), key.size(), base64.data(), base64.size(),
                                        nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL);
  if (kind == "ed25519-secret" && decoded == 0 && size == key.size()) return key;
  return kgnode::fail(kgnode::Error::plain(file + " is no secret key of this tool"));
}

int make(const kgnode::slots::BundleInput& input, const std::string& key_file,
         const std::string& out) {
  const auto key = read_key(key_file);
  const auto sign = [&key](std::string_view message) {
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                         reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                         key->data());
    return signature;
  };
  const auto made =
      key ? kgnode::slots::make_bundle(input, sign, out) : kgnode::fail(kgnode::Error(key.error()));
  if (made) return 0;
  std::println(stderr, "bundle-tool: {}", made.error().message());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) return 1;
  CLI::App app("Keys and files of updates", "bundle-tool");
  app.require_subcommand(1);
  std::string file;
  std::string out;
  kgnode::slots::BundleInput input{.architecture = "x86-64"};
  auto* keys = app.add_subcommand("key", "make a key pair");
  keys->add_option("FILE", file)->required();
  auto* making = app.add_subcommand("make", "make and sign an update");
  making->add_option("--key", file)->required();
  making->add_option("--version", input.version)->required();
  making->add_option("--rollback-index", input.rollback_index)->required();
  making->add_option("--root-hash", input.root_hash)->required();
  making->add_option("ROOT", input.root)->required();
  making->add_option("VERITY", input.verity)->required();
  making->add_option("KERNEL", input.kernel)->required();
  making->add_option("OUT", out)->required();
  CLI11_PARSE(app, argc, argv);
  return keys->parsed() ? make_key(file) : make(input, file, out);
}
