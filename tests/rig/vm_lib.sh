#!/bin/bash
# Virtual machines that boot the disk image, on the network of a cluster. To be sourced after lib.sh or cluster_lib.sh.
#
# A machine is found again by its identity: its folder state/NODE, and QEMU in the namespace of the bridges, which ends with it.
# Everything is emulated in software unless KGNODE_VM_ACCEL says kvm: where it does not work the device is often there all the same.
# shellcheck disable=SC2154 # state, checkout and rig are variables of cluster_lib.sh

# One boot takes three minutes of a processor.
readonly kBootSeconds=1200 kShellSeconds=120
# Added to the kernel's command line by the firmware tables: a shell for the rig, and patience.
readonly kExtraWords="systemd.debug_shell=ttyS1 systemd.default_device_timeout_sec=900 systemd.default_timeout_start_sec=900"

# The kernel of the image has WireGuard, unlike many a kernel that nodes in containers share.
# shellcheck disable=SC2034 # for drive.sh
k3s_overlay=wireguard

in_vm_tree() {
  "$checkout/image/enter.sh" "${KGNODE_VM_TREE:?}" "$checkout" "$@"
}

data_serial() { echo "data-$cluster_id-$1"; }
# Names such as sdb move between boots of a machine.
data_disk() { echo "{ serial = \"$(data_serial "$1")\" }"; }

# make_network [NODE...]: keys of the operator, bridges; for a cluster of these nodes.
make_network() {
  # shellcheck disable=SC2034 # for drive.sh
  control_planes=$(printf '%s\n' "$@" cp-1 | sort -u | grep -c '^cp-')
  mkdir -p "$state"
  in_build_root ssh-keygen -q -t ed25519 -N '' -C ops -f "$state/key"
  stage "make their network" add_network
}

# make_machines NODE...: starts them and returns; they may still be booting.
make_machines() {
  local node
  make_network "$@"
  for node in "$@"; do
    prepare_vm "$node"
    start_vm "$node"
  done
}

# begin COMMAND...: one of the above for a test; all of it is removed with the test.
begin() {
  trap 'end_cluster' EXIT
  trap 'exit 130' INT TERM HUP
  remove_cluster
  "$@"
}

# prepare_vm NODE: what a provider hands over: a disk with the image, a config drive, a blank data disk.
prepare_vm() {
  local folder=$state/$1
  mkdir -p "$folder"
  make_drive "$1"
  cp --sparse=always "${KGNODE_IMAGE:?}" "$folder/root.raw"
  truncate -s 10G "$folder/root.raw"
  truncate -s 2G "$folder/data.img"
  cp "$KGNODE_VM_TREE/usr/share/OVMF/OVMF_VARS_4M.fd" "$folder/firmware.fd"
  instance_id "$1" >"$folder/uuid"
}

# plug_vm NODE LINK BRIDGE MTU: a cable between a card of a machine and a bridge.
plug_vm() {
  local link=$1.$2 net
  net=$(netns net)
  ip -n "$net" link del "$link" 2>/dev/null || true
  ip netns exec "$net" ip tuntap add "$link" mode tap
  ip -n "$net" link set "$link" mtu "$4" master "$3" up
}

# plug_tpm NODE: a TPM 2.0 that keeps what it was given, and ends with the machine.
plug_tpm() {
  local folder=$state/$1/tpm
  mkdir -p "$folder"
  rm -f "$folder/socket"
  setsid "$checkout/image/enter.sh" "$KGNODE_VM_TREE" "$checkout" swtpm socket --tpm2 --tpmstate "dir=$folder" \
    --ctrl "type=unixio,path=$folder/socket" --terminate </dev/null >>"$folder/swtpm.log" 2>&1 &
  wait_for 30 test -S "$folder/socket"
  # shellcheck disable=SC2054 # commas belong to qemu
  machine+=(-chardev "socket,id=tpm,path=$folder/socket" -tpmdev emulator,id=tpm,chardev=tpm -device tpm-crb,tpmdev=tpm)
}

# start_vm NODE [QEMU_OPTION...]: returns at once; the console is state/NODE/console.log. With vm_tpm it has a TPM.
start_vm() {
  local node=$1 folder=$state/$1 accel=${KGNODE_VM_ACCEL:-tcg}
  shift
  plug_vm "$node" 0 public 1500
  plug_vm "$node" 1 vrack "$kVrackMtu"
  [[ $accel != tcg ]] || accel=tcg,thread=multi,tb-size=256
  # shellcheck disable=SC2054 # commas are QEMU's
  local machine=(
    -name "$node" -machine q35 -accel "$accel" -cpu "${KGNODE_VM_CPU:-Nehalem}" -smp 2 -m "${vm_memory:-1024}"
    -nodefaults -no-user-config -display none -device VGA -device virtio-rng-pci
    -drive "if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"
    -drive "if=pflash,format=raw,unit=1,file=$folder/firmware.fd"
    -smbios "type=1,manufacturer=OpenStack Foundation,product=OpenStack Nova,uuid=$(<"$folder/uuid")"
    -smbios "type=11,value=io.systemd.stub.kernel-cmdline-extra=$kExtraWords ${vm_words:-}"
    -device virtio-scsi-pci,id=scsi
    -drive "if=none,id=root,format=raw,cache=unsafe,file=$folder/root.raw" -device scsi-hd,drive=root,scsi-id=0,bootindex=1
    -drive "if=none,id=data,format=raw,cache=unsafe,file=$folder/data.img" -device "scsi-hd,drive=data,scsi-id=1,serial=$(data_serial "$node")"
    -netdev "tap,id=public,ifname=$node.0,script=no,downscript=no" -device "virtio-net-pci,netdev=public,mac=$(mac "$node" 0),romfile="
    -netdev "tap,id=vrack,ifname=$node.1,script=no,downscript=no" -device "virtio-net-pci,netdev=vrack,mac=$(mac "$node" 1),host_mtu=$kVrackMtu,romfile="
    -serial "file:$folder/console.log" -serial "unix:$folder/shell,server=on,wait=off"
    -device virtio-serial-pci -chardev "socket,id=guest,path=$folder/guest-agent,server=on,wait=off"
    -device virtserialport,chardev=guest,name=org.qemu.guest_agent.0)
  # shellcheck disable=SC2054 # "
  [[ ! -e $folder/drive.iso ]] ||
    machine+=(-drive "if=none,id=drive,format=raw,media=cdrom,readonly=on,file=$folder/drive.iso" -device scsi-cd,drive=drive,scsi-id=5)
  [[ -z ${vm_tpm:-} ]] || plug_tpm "$node"
  rm -f "$folder/shell"
  setsid nsenter --net="/run/netns/$(netns net)" \
    "$checkout/image/enter.sh" "$KGNODE_VM_TREE" "$checkout" qemu-system-x86_64 "${machine[@]}" "$@" \
    </dev/null >>"$folder/qemu.log" 2>&1 &
}

# vm_process NODE: QEMU of a running machine.
vm_process() {
  pgrep --full --exact --list-full ".*qemu-system-x86_64 -name $1 .*$state/$1/root.raw.*" | awk '/^[0-9]+ qemu-system/ { print $1; exit }'
}
vm_is_up() { [[ -n $(vm_process "$1") ]]; }
vm_is_down() { ! vm_is_up "$1"; }

# vm_exec NODE COMMAND...: as root, once the machine has a shell; one word is a script.
vm_exec() {
  local folder=$state/$1 lock command=("${@:2}")
  ((${#command[@]} > 1)) || command=(sh -c "$2")
  [[ -S $folder/shell ]] || { echo "machine '$1' is not running" >&2; return 125; }
  # One serial port, one caller.
  exec {lock}>"$folder/shell.lock"
  flock "$lock"
  local status=0
  in_vm_tree python3 "$rig/vm_shell.py" "$folder/shell" "${vm_seconds:-$kShellSeconds}" "${command[@]}" {lock}>&- || status=$?
  exec {lock}>&-
  return "$status"
}

# vm_console NODE PATTERN: a line of the serial console since the last start.
vm_console() { grep -aqE "$2" "$state/$1/console.log"; }

# vm_has_shell NODE: the rig's shell has been started, so that a question is not lost.
vm_has_shell() { vm_console "$1" 'debug-shell\.service'; }

# vm_is_settled NODE: process 1 has nothing left to do.
vm_is_settled() { [[ $(vm_exec "$1" systemctl is-system-running) =~ ^(running|degraded) ]]; }

# vm_phase NODE PATTERN: the agent's own word.
vm_phase() { vm_has_shell "$1" && vm_seconds=40 vm_exec "$1" kgnode status -o json 2>/dev/null | grep -E >/dev/null "\"phase\" *: *\"($2)\""; }
vm_is_hardened() { vm_phase "$1" "hardened|storage-ready|joining|ready"; }

# vm_boot_id NODE: what tells one boot from the next.
vm_boot_id() { vm_exec "$1" cat /proc/sys/kernel/random/boot_id; }
vm_has_rebooted() {
  local now
  now=$(vm_seconds=10 vm_boot_id "$1" 2>/dev/null) && [[ -n $now && $now != "$2" ]]
}

# vm_reboot NODE: returns when the system has started again.
vm_reboot() {
  local before
  before=$(vm_boot_id "$1")
  vm_seconds=10 vm_exec "$1" systemctl --no-block reboot || true
  wait_for "$kBootSeconds" vm_has_rebooted "$1" "$before"
}

# vm_stop NODE: an orderly end, and after a while the other.
vm_stop() {
  vm_is_up "$1" || return 0
  vm_seconds=10 vm_exec "$1" systemctl --no-block poweroff >/dev/null 2>&1 || true
  wait_for 240 vm_is_down "$1" || vm_cut "$1"
}

# vm_cut NODE: the plug is pulled.
vm_cut() {
  local process
  process=$(vm_process "$1")
  [[ -z $process ]] || kill -KILL "$process"
  wait_for 20 vm_is_down "$1"
}
