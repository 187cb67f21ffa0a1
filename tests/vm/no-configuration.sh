#!/bin/bash
# A machine that nobody gave a configuration says so on both consoles and is closed; it becomes a node once it has one.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/rig/vm_lib.sh
source tests/rig/vm_lib.sh

node() { vm_exec cp-1 "$@"; }
sshd_is_off() { [[ $(node 'systemctl is-active ssh.service') == inactive ]]; }
listeners() { node 'ss -Hlntu' | tee /dev/stderr | awk '{ print $5 }' | grep -vE '^(127\.|\[::1\])'; }
nothing_listens() { ! listeners; }
on_screen() { node 'tr -s " " <"/dev/vcs1" | grep -q "phase maintenance"'; }

begin make_network cp-1
prepare_vm cp-1
mv "$state/cp-1/drive.iso" "$state/drive-for-later"
start_vm cp-1
check_within "$kBootSeconds" "it is in maintenance" vm_phase cp-1 maintenance
check "the serial console says so" vm_console cp-1 '^phase +maintenance'
check_within 60 "so does the screen" on_screen
check "with the reason, and what to do" node 'kgnode status | tee /dev/stderr | grep -qi "no configuration"'
check "no sshd runs, for there is nobody who may log in" sshd_is_off
check "nothing listens" nothing_listens
check "a stranger reaches nothing" closed world "$(public_address cp-1)" 22
check "nor does the vRack" closed net "$(vrack_address cp-1)" 22
check "the disk that is there is not touched" node 'blkid --probe /dev/disk/by-id/*'"$(data_serial cp-1)"'; [ $? = 2 ]'

vm_stop cp-1
mv "$state/drive-for-later" "$state/cp-1/drive.iso"
start_vm cp-1
check_within "$kBootSeconds" "with a config drive it is hardened at its next start" vm_is_hardened cp-1
check "the operator logs in" ssh_to admin cp-1 kgnode status
finish
