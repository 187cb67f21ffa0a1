#!/bin/bash
# The auditors of ./dev bench hardening in a machine that boots the disk image: the last column of the table of docs/hardening.md. All
# is emulated, so this takes half an hour on a machine that does nothing else, and hours beside others. The tools are on a disk of their
# own, as nothing can be added to the image, and nothing is.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/rig/vm_lib.sh
source tests/rig/vm_lib.sh
# shellcheck source=tests/bench/figure.sh
source tests/bench/figure.sh
# shellcheck source=tests/bench/hardening.sh
source tests/bench/hardening.sh
# shellcheck disable=SC2034 # for hardening.sh and vm_lib.sh
inside=(vm_exec cp-1) long=(task cp-1) vm_memory=3072

readonly kTaskSeconds=$((2 * kScapSeconds + 60))
tasks=0
# task NODE COMMAND...: the serial port, which the machine has one of, is free meanwhile.
task() {
  local unit=auditor-$((++tasks))
  vm_exec "$1" systemd-run --quiet --remain-after-exit --expand-environment=no --unit="$unit" "${@:2}" &&
    wait_for "$kTaskSeconds" task_is_done "$1" "$unit"
}
task_is_done() {
  sleep 10
  vm_exec "$1" "systemctl show --property=SubState $2 | grep -E 'exited|failed'" >/dev/null
}

in_tools() { "$checkout/image/enter.sh" "${KGNODE_TOOLS_TREE:?}" "$checkout" "$@"; }

start_machine() {
  make_toolbox
  rm -f "$kOut/toolbox.erofs"
  in_tools mkfs.erofs --quiet -zlz4 "$kOut/toolbox.erofs" "$toolbox" >&2
  make_network cp-1
  prepare_vm cp-1
  start_vm cp-1 -drive "if=none,id=toolbox,format=raw,readonly=on,file=$kOut/toolbox.erofs" \
    -device scsi-hd,drive=toolbox,scsi-id=2,serial=toolbox
}

mount_toolbox() {
  on sh -c 'mkdir -p /run/auditor && mount -t erofs -o ro,nodev,nosuid /dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_toolbox /run/auditor'
}

# rules PROFILE [OPTION...]: see scap_rules.py.
rules() { in_auditors python3 tests/bench/scap_rules.py "$auditors/$kRules" "$@"; }

# openscap_once: level 1 of CIS is a part of level 2, and a tailored profile one of the profile: what each selects is taken from one
# evaluation, by SSG's rules as they are.
openscap_once() {
  local profile
  enter_kernel
  scap_run disk cis_level2_server-raw anssi_bp28_enhanced-raw
  leave_kernel
  part cis_level1_server raw cis_level2_server --within cis_level2_server
  for profile in "${kScapProfiles[@]}"; do
    scap_judge disk "$profile" raw
    part "$profile" tailored "$profile" --tailoring "$kTailoring"
    scap_judge disk "$profile" tailored
  done
}

# part PROFILE KIND OF OPTION...
part() {
  rules "$1" "${@:4}" >"$kOut/selected"
  awk 'NR == FNR { selected[$1]; next } $1 in selected' "$kOut/selected" "$kOut/disk-oscap-$3-raw.txt" >"$kOut/disk-oscap-$1-$2.txt"
}

begin start_machine
wait_for "$kBootSeconds" vm_is_hardened cp-1
wait_for 600 vm_is_settled cp-1
mount_toolbox
units_of disk "${kUnits[@]}"
doctor_of disk
as_running disk
kernel_checker disk
# The agent looks at the clock again and again as there is no time server, and draws its screens: half of an emulated processor.
on systemctl freeze kgnode.service kgnode-console@tty1.service kgnode-console@ttyS0.service
stage "OpenSCAP" openscap_once
stage "Lynis" lynis_run disk
lynis_judge disk
on systemctl thaw kgnode.service kgnode-console@tty1.service kgnode-console@ttyS0.service
ssh_audit disk "$(public_address cp-1)" in_netns admin

write_page
figure ssh_audit_fail "${measured[disk.ssh_audit_fail]}" findings 0
figure ssh_audit_warn "${measured[disk.ssh_audit_warn]}" findings 0
figure lynis_index "${measured[disk.lynis_index]}" points '>=90'
figure oscap_cis_level1 "${measured[disk.oscap_cis_level1_server_tailored]%% *}" per-cent '>=97'
figure oscap_cis_level2 "${measured[disk.oscap_cis_level2_server_tailored]%% *}" per-cent '>=97'
figure oscap_anssi "${measured[disk.oscap_anssi_bp28_enhanced_tailored]%% *}" per-cent '>=92'
figure agent_exposure "${measured[disk.exposure_kgnode.service]}" points 4.0
((missed == 0))
