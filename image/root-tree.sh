#!/bin/bash
# Assembles a node's root tree: packages, overlay, agent: root-tree.sh PACKAGE_TREE DESTINATION
# The package tree is shared by hard links, so files are replaced here, never edited.
set -euo pipefail
checkout=$(dirname "$(dirname "$(readlink -f "$0")")")
packages=$1
destination=$2

in_build_root() {
  "$checkout/image/enter.sh" "${KGNODE_BUILD_ROOT:?}" "$checkout" "$@"
}

rm -rf --one-file-system "$destination"
cp -al "$packages" "$destination"
cp -a --no-preserve=ownership --remove-destination "$checkout/image/overlay/." "$destination/"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
in_build_root env DESTDIR="$destination" meson install -C build --no-rebuild --strip >"$log" 2>&1 || { cat "$log" >&2; exit 1; }

# What only one machine may have: its name, its iSCSI name.
rm -f "$destination/etc/hostname" "$destination/etc/iscsi/initiatorname.iscsi"

# From here on the tree is whole; what follows are links and users.
in_build_root systemd-sysusers --root="$destination" 2>/dev/null
units=(systemd-networkd.service systemd-resolved.service)
for unit in kgnode-reset kgnode-early kgnode-firstboot kgnode-firstboot-net kgnode; do
  if grep -qs '^\[Install\]' "$destination/usr/lib/systemd/system/$unit.service"; then
    units+=("$unit.service")
  fi
done
if [[ -e $destination/usr/lib/systemd/system/kgnode-snapshot.timer ]]; then units+=(kgnode-snapshot.timer); fi
in_build_root systemctl --root="$destination" --quiet enable "${units[@]}"
# Nothing waits for all links: the agent knows which one it needs. NFS is version 4 only, which has no port mapper.
# The agent asks drives how they are. Nobody reboots a node by its keyboard.
in_build_root systemctl --root="$destination" --quiet mask \
  systemd-networkd-wait-online.service rpcbind.service rpcbind.socket smartmontools.service ctrl-alt-del.target
