#!/bin/bash
# A node's root tree as a provider's stock image: packages only, no agent, nothing of ours: stock-tree.sh PACKAGE_TREE DESTINATION
# The package tree is shared by hard links, so what a node writes to must be a copy of its own.
set -euo pipefail
checkout=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
packages=$1
destination=$2

rm -rf --one-file-system "$destination"
cp -a "$packages" "$destination"
rm -f "$destination/etc/hostname" "$destination/etc/iscsi/initiatorname.iscsi"
# What the image tells of its packages.
rm -rf "$destination/usr/share/kgnode"
"$checkout/image/enter.sh" "${KGNODE_BUILD_ROOT:?}" "$checkout" \
  systemctl --root="$destination" --quiet enable systemd-networkd.service systemd-resolved.service ssh.service
"$checkout/image/enter.sh" "${KGNODE_BUILD_ROOT:?}" "$checkout" \
  systemctl --root="$destination" --quiet mask systemd-networkd-wait-online.service rpcbind.service rpcbind.socket
