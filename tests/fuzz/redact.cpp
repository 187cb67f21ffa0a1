/// Whatever stands around it, a known secret does not stay in a text; and no text is too odd.
#include "agent/support/redact.hpp"

#include <cstddef>
#include <cstdlib>

#include <sodium.h>

#include "agent/support/bundle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kgnode::support;
  if (::sodium_init() < 0) std::abort();
  const std::string secret = "Fuzz-\"Secret\\0123";
  Secrets secrets;
  auto taken = secret;
  if (!secrets.add("the secret", taken)) std::abort();
  static auto redactor = Redactor::make(std::move(secrets));
  if (!redactor) std::abort();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto half = size / 2;
  const auto seeded = text.substr(0, half) + secret + text.substr(half);
  if (redactor->clean(seeded).contains(secret)) std::abort();
  if (redactor->clean_json(seeded).contains(secret)) std::abort();
  if (redactor->clean_environment(seeded).contains(secret)) std::abort();
  return 0;
}
