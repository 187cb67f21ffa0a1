#pragma once
/// `kgnode support-bundle` and `kgnode open-bundle`.
#include <string>

namespace kgnode::cli {

struct BundleRequest {
  std::string out;  // empty: a name of its own below /var/tmp; "-": standard output
  std::string to;   // a public key; empty: not sealed
  bool json = false;
};

/// One archive of what this node can tell, without its secrets; needs no agent. 0 or 1.
int make_support_bundle(const BundleRequest& request);

/// What was sealed, with the secret key in `key_file`; `out` as above, beside the bundle. Offline.
int open_support_bundle(const std::string& file, const std::string& key_file,
                        const std::string& out);

}  // namespace kgnode::cli
