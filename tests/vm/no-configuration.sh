#!/bin/bash
# A machine that nobody gave a configuration says so on both consoles and is closed; it becomes a node once it has one.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/rig/vm_lib.sh
source tests/rig/vm_lib.sh

node() { vm_exec cp-1 "$@"; }
sshd_is_off() { [[ $(node 'systemctl is-active ssh.service') == inactive ]]; }
# The agent's own two sockets are bound by systemd before there is an agent; the firewall is closed to all.
nothing_listens() { ! node 'ss -Hlntu' | tee /dev/stderr | awk '{ print $5 }' | grep -vE '^(127\.|\[::1\]|\*:918[01]$)'; }
on_screen() { node 'tr -cs "[:print:]" " " <"/dev/vcs1" | grep -q "maintenance.*read-only console"'; }

begin make_network cp-1
prepare_vm cp-1
mv "$state/cp-1/drive.iso" "$state/drive-for-later"
start_vm cp-1
check_within "$kBootSeconds" "it is in maintenance" vm_phase cp-1 maintenance
check_within 60 "the serial console says so" vm_console cp-1 '^phase +maintenance'
check_within 60 "so does the screen" on_screen
check "with the reason, and what to do" node 'kgnode status | tee /dev/stderr | grep -qi "no configuration"'
check "no sshd runs, for there is nobody who may log in" sshd_is_off
check "nothing else listens but the agent" nothing_listens
check "a stranger reaches nothing" closed world "$(public_address cp-1)" 22
for port in 22 9180; do
  check "nor does the vRack at port $port" closed net "$(vrack_address cp-1)" "$port"
done
check "the disk that is there is not touched" node 'blkid --probe /dev/disk/by-id/*'"$(data_serial cp-1)"'; [ $? = 2 ]'

vm_stop cp-1
mv "$state/drive-for-later" "$state/cp-1/drive.iso"
start_vm cp-1
check_within "$kBootSeconds" "with a config drive it is hardened at its next start" vm_is_hardened cp-1
# sshd that is told to read its configuration anew is away for a moment.
check_within 60 "the operator logs in" ssh_to admin cp-1 kgnode status
finish
