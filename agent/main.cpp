/// The one binary: agent and command line.
#include <exception>
#include <print>

#include <sodium.h>

#include "agent/cli/cli.hpp"

int main(int argc, char** argv) {
  if (::sodium_init() < 0) {
    std::println(stderr, "kgnode: libsodium does not start: no random numbers");
    return 1;
  }
  try {
    return kgnode::cli::run(argc, argv);
  } catch (const std::exception& error) {
    std::println(stderr, "kgnode: a library threw where it must not: {}", error.what());
    return 1;
  }
}
