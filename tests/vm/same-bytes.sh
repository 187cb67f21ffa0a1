#!/bin/bash
# The disk image once more, from the same trees and from new ones, has the same bytes.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

image=$(dirname "$KGNODE_IMAGE")
version=$(basename "$KGNODE_IMAGE" .raw)
version=${version#kgnode-}

# make_again FOLDER
make_again() { "$checkout/image/disk-image.sh" "$version" "$1"; }

new_tree() {
  KGNODE_MACHINE_TREE=$("$checkout/image/tree.sh" "t-same-bytes" "$checkout"/image/{node,machine}.packages)
  trap 'rm -rf --one-file-system "$KGNODE_MACHINE_TREE" "$state"' EXIT
}

# Those who want to know wait some minutes.
if [[ -z ${KGNODE_LONG:-} ]]; then
  skip "two images are the same" "takes some minutes: ./dev vm test same-bytes --long"
  exit
fi
trap 'rm -rf --one-file-system "$state"' EXIT
check "from the same trees" make_again "$state/again"
check "all files are the same" diff "$image/SHA256SUMS" "$state/again/SHA256SUMS"
check "qcow2 has what raw has" "$checkout/image/enter.sh" "$KGNODE_TOOLS_TREE" "$checkout" \
  qemu-img compare -f raw -F qcow2 "$image/kgnode-$version.raw" "$image/kgnode-$version.qcow2"
new_tree
check "from another tree of the same packages" make_again "$state/anew"
check "all files are the same then" diff "$image/SHA256SUMS" "$state/anew/SHA256SUMS"
finish
