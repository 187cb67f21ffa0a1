#!/bin/bash
# Writes down of which packages a new tree is made, while apt still knows their hashes: record-packages.sh TREE
# Lines of TREE/usr/share/kgnode/packages: NAME VERSION ARCHITECTURE SHA256.
set -euo pipefail
mkdir -p "$1/usr/share/kgnode"
# shellcheck disable=SC2016 # fields of dpkg-query
chroot "$1" sh -c "dpkg-query --show --showformat='\${Package}:\${Architecture}=\${Version}\n' | sed 's/:all=/=/' | xargs apt-cache show" |
  awk '/^Package: /{ name = $2 } /^Version: /{ version = $2 } /^Architecture: /{ architecture = $2 }
    /^SHA256: /{ print name, version, architecture, $2 }' | LC_ALL=C sort -u >"$1/usr/share/kgnode/packages"
