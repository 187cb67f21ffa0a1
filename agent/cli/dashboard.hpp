#pragma once
/// `kgnode dashboard`.

namespace kgnode::cli {

/// Becomes the program that draws it; comes back only when that cannot be started, with 1.
int show_dashboard(bool read_only);

}  // namespace kgnode::cli
