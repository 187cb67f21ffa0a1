#!/bin/bash
# The data disk: a blank one is prepared, mounted and grown; one with data is refused until a person gives it up; and a
# node that loses power on the way finishes at its next start.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

readonly kMount=/var/lib/longhorn
cuts=$([[ -n ${KGNODE_LONG:-} ]] && echo 30 || echo 3)

worker() { node_exec worker-1 "$@"; }
is_mounted() { worker mountpoint --quiet "$kMount"; }
is_in_sync() { worker kgnode plan >/dev/null; }
is_refused() { grep -q "^phase  *degraded: storage: prepare the data disk" <<<"$(worker kgnode status)"; }
size_of_mount() { worker findmnt --noheadings --bytes --output SIZE "$kMount"; }
has_grown() { (($(size_of_mount) > 2500000000)); }
verdict() { worker kgnode storage list -o json | in_build_root jq -r '.disks[] | select(.path == "/dev/sdb") | .verdict'; }
token() { worker kgnode storage list -o json | in_build_root jq -r '.disks[] | select(.path == "/dev/sdb") | .token'; }
disk_hash() { sha256sum "$state/worker-1/disk.img"; }

# new_disk COMMAND...: another data disk for the node, which is off; the command gets the file's name.
new_disk() {
  power_off worker-1
  detach worker-1/disk.img
  rm "$state/worker-1/disk.img"
  truncate -s 2G "$state/worker-1/disk.img"
  "$@" "$state/worker-1/disk.img"
}

# is_claimed: the marker is written, so what follows is under way.
is_claimed() { dd if="$state/worker-1/disk.img" bs=512 skip=1024 count=1 status=none | grep -q KGNODE-DISK; }
make_data() { in_build_root mkfs.ext4 -q -L photos "$1"; }

start_cluster 1 1
check_within 30 "a blank disk is prepared and mounted" is_mounted
check "there is nothing left to do" is_in_sync
check "by its UUID, as XFS" worker sh -c "findmnt --noheadings --types xfs $kMount && grep -q What=/dev/disk/by-uuid/ /etc/systemd/system/var-lib-longhorn.mount"
check "and listed as ours" test "$(verdict)" = ours
check "a node without storage.disk touches none" node_exec cp-1 sh -c '! findmnt /var/lib/longhorn && kgnode storage list | grep -q "sdb\|loop"'
worker sh -c "echo kept >$kMount/data; mkdir -p /run/systemd/system; printf '[Service]\nExecStart=/bin/sleep 600\n' >/run/systemd/system/k3s-agent.service; systemctl daemon-reload"
check "K3s starts with the disk" worker systemctl start k3s-agent.service
worker systemctl stop k3s-agent.service
if worker sh -c "systemctl stop var-lib-longhorn.mount && mv /dev/disk/by-uuid /dev/disk/gone && systemctl start k3s-agent.service"; then
  not_ok "K3s does not start without the disk"
else
  ok "K3s does not start without the disk"
fi
worker mv /dev/disk/gone /dev/disk/by-uuid
worker kgnode apply /etc/kgnode/node.toml >/dev/null
check_within 30 "an unmounted disk is mounted again" is_mounted

# Its mount is then older than the agent's view of the file system.
node_kill_agent worker-1
check_within 60 "the agent comes back beside a mounted disk" is_in_sync
truncate -s 3G "$state/worker-1/disk.img"
losetup --set-capacity "$(losetup --noheadings --output NAME --associated "$state/worker-1/disk.img")"
check_within 30 "a volume that grew takes partition and file system with it, mounted" has_grown
check "there is nothing left to do then" is_in_sync
reboot_node worker-1
check_within 120 "after a reboot it is mounted again" is_mounted
check "with what was on it" worker grep -q kept "$kMount/data"

new_disk make_data
before=$(disk_hash)
start_node worker-1
check_within 120 "a disk with data is refused" is_refused
check "its content is named, and the way on" worker sh -c 'kgnode storage plan | tee /dev/stderr | grep -q "carries ext4 \"photos\""; kgnode storage plan | grep -q "storage prepare --disk"'
if worker kgnode storage prepare --disk /dev/sdb --confirm 0123456789ab; then
  not_ok "a token that is not of this disk is refused"
else
  ok "a token that is not of this disk is refused"
fi
check "nothing was written to it" test "$(disk_hash)" = "$before"
check "with the token it is prepared" worker kgnode storage prepare --disk /dev/sdb --confirm "$(token)"
check_within 30 "and mounted" is_mounted
check "the log says who gave it up" worker sh -c 'kgnode log --lines 100 | grep -q "root .*storage.prepare.*give up what is on"'

for ((round = 1; round <= cuts; round++)); do
  new_disk true
  start_node worker-1
  wait_for 60 is_up worker-1 || not_ok "the node starts in round $round"
  wait_for 60 is_claimed || not_ok "the disk is claimed in round $round"
  sleep "0.$((RANDOM % 10))"
  power_cut worker-1
  start_node worker-1
  check_within 120 "round $round: after a power cut on the way the disk is finished and mounted" is_mounted
done
check "and there is nothing left to do" is_in_sync
finish
