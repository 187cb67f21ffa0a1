#!/bin/bash
# A stand-in for udev in a container, where /dev is a plain folder: udev_standin.sh NODE LOOP_DEVICE
# Gives the node /dev/sdb1 and its name below /dev/disk/by-uuid once the kernel knows partition 1 of the data disk.
# shellcheck disable=SC2154 # cluster_id comes from the caller
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/rig/cluster_lib.sh
source "$here/cluster_lib.sh"
node=$1
partition=/sys/class/block/$2p1

# make_files NUMBER: in the node's /dev; fails as long as there is no file system.
make_files() {
  node_exec "$node" sh -c '
    [ "$(stat -c "%Hr:%Lr" /dev/sdb1 2>/dev/null)" = "$1" ] || { rm -f /dev/sdb1; mknod /dev/sdb1 b "${1%:*}" "${1#*:}"; }
    uuid=$(blkid -p -s UUID -o value /dev/sdb1) || exit 1
    mkdir -p /dev/disk/by-uuid
    ln -sfn ../../sdb1 "/dev/disk/by-uuid/$uuid"' - "$1" 2>/dev/null
}

served= # process 1 of the node that has its files
while sleep 0.2; do
  [[ -e $partition/dev ]] || { served=; continue; }
  [[ -z $served || ! -d /proc/$served ]] || continue
  served=
  pid=$(leader "$node")
  [[ -z $pid ]] || ! make_files "$(<"$partition/dev")" || served=$pid
done
