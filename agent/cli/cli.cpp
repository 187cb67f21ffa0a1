/// Arguments -> verb.
#include "agent/cli/cli.hpp"

#include <string>

#include <CLI/CLI.hpp>

namespace kgnode::cli {

int run(int argc, char** argv) {
  constexpr int kUsage = 64;  // sysexits.h EX_USAGE
  CLI::App app("KoproGo Node: the agent and command line of a node", "kgnode");
  app.set_version_flag("--version", KGNODE_VERSION);
  app.require_subcommand(1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int shown = app.exit(error);
    return shown == 0 ? 0 : kUsage;
  }
  return 0;
}

}  // namespace kgnode::cli
