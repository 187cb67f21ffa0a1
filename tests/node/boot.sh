#!/bin/bash
# Nodes boot without a failed unit, see each other, their disk and their config drive; nothing is left of a cluster.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

no_failed_unit() {
  [[ -z $(node_exec "$1" systemctl --failed --no-legend | tee /dev/stderr) ]]
}

blank_disk() {
  [[ $(node_exec "$1" lsblk --noheadings --nodeps --output SIZE /dev/sdb | tr -d ' ') == 2G ]] &&
    ! node_exec "$1" blkid -p /dev/sdb
}

config_drive() {
  [[ $(node_exec "$1" blkid --match-tag LABEL --output value /dev/sr0) == config-2 ]] &&
    ! node_exec "$1" dd if=/dev/zero of=/dev/sr0 bs=2048 count=1
}

var_survives_but_etc_does_not() {
  node_exec "$1" sh -c 'echo kept >/var/kept; echo lost >/etc/lost; sync'
  reboot_node "$1"
  wait_for 60 is_settled "$1" && node_exec "$1" sh -c '[ -e /var/kept ] && [ ! -e /etc/lost ]'
}

start_cluster 1 1
for node in cp-1 worker-1; do
  check_within 60 "$node is running" is_settled "$node"
  check "$node has no failed unit" no_failed_unit "$node"
  check "$node has a read-only config drive" config_drive "$node"
done
check "cp-1, which is to have no data disk, has left the one it has blank" blank_disk cp-1
if [[ -e $state/tree/usr/lib/systemd/system/kgnode-firstboot.service ]]; then
  check "cp-1 reaches worker-1 over the vRack" node_exec cp-1 ping -c1 -W2 "$(vrack_address worker-1)"
  check "worker-1 reaches cp-1 over the vRack" node_exec worker-1 ping -c1 -W2 "$(vrack_address cp-1)"
else
  skip "nodes reach each other over the vRack" "this build has no kgnode-firstboot.service to set the addresses"
fi
check "/var survives a reboot, /etc is as the image has it" var_survives_but_etc_does_not worker-1
finish
