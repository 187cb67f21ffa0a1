#pragma once
/// Arguments -> verb. Exit codes: 0 done, 1 refused or failed, 2 a plan has changes, 64 usage.

namespace kgnode::cli {

int run(int argc, char** argv);

}  // namespace kgnode::cli
