/// The one binary: agent and command line.
#include <cstdio>
#include <exception>
#include <print>

#include <sodium.h>

#include "agent/cli/cli.hpp"

int main(int argc, char** argv) {
  try {
    if (::sodium_init() >= 0) return kgnode::cli::run(argc, argv);
    std::println(stderr, "kgnode: libsodium does not start: no random numbers");
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "kgnode: a library threw where it must not: %s\n", error.what());
  }
  return 1;
}
