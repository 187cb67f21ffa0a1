#!/bin/bash
# A machine whose new slot is damaged returns to the good one by itself; once the damage is undone the new slot starts and
# counts as good, with all that the node keeps; a kernel that panics, or a process 1 that hangs, is started again.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/rig/vm_lib.sh
source tests/rig/vm_lib.sh
# shellcheck source=tests/rig/slot_lib.sh
source tests/rig/slot_lib.sh

readonly kNext=99.0.0
version=$(basename "$KGNODE_IMAGE" .raw)
version=${version#kgnode-}
payload=$state/next/kgnode-$kNext
disk=$state/cp-1/root.raw

node() { vm_exec cp-1 "$@"; }
runs_version() { [[ $(node '. /etc/os-release; echo "$IMAGE_VERSION"') == "$1" ]]; }
has_entries() { [[ $(node 'ls /efi/EFI/Linux' | sort | paste -sd' ') == "$1" ]]; }

# damage: one byte of the agent's program, in the new slot.
damage_at=
damage() {
  local file byte
  file=$(file_offset "$payload.root.raw" /usr/bin/kgnode)
  damage_at=$(($(slot_offset "$disk" 4) + file))
  dd if="$disk" of="$state/byte" bs=1 count=1 iflag=skip_bytes skip="$damage_at" status=none
  byte=$(od -An -tu1 "$state/byte")
  printf '%b' "\\x$(printf %02x $((byte ^ 0xff)))" >"$state/other-byte"
  patch "$state/other-byte"
}
patch() { dd if="$1" of="$disk" bs=1 conv=notrunc oflag=seek_bytes seek="$damage_at" status=none; }

# The card is the one that a platform gives to images with hw_watchdog_action=reset.
start_watched() { start_vm cp-1 -device i6300esb -action watchdog=reset; }
holds_watchdog() { node 'readlink /proc/1/fd/* | grep /dev/watchdog'; }

begin make_network cp-1
prepare_vm cp-1
"$checkout/image/disk-image.sh" --payload "$kNext" "$state/next"
fill_slot_b "$disk" "$payload" "$kNext"
boot_files "$disk" mren "::/EFI/Linux/kgnode_$version+3.efi" "kgnode_$version.efi"
boot_files "$disk" mcopy "$payload.efi" "::/EFI/Linux/kgnode_$kNext+1.efi"
damage
start_watched
check_within "$kBootSeconds" "the new slot panics at the damaged block" vm_console cp-1 'Kernel panic.*dm-verity'
check_within "$kBootSeconds" "the machine starts all the same" vm_is_hardened cp-1
check "from the good slot" runs_version "$version"
check "the other one has no try left" has_entries "kgnode_$version.efi kgnode_$kNext+0-1.efi"
kept() { node 'cat /var/lib/kgnode/ssh/ssh_host_ed25519_key.pub /etc/kgnode/node.toml'; }
before_update=$(kept)

before=$(vm_boot_id cp-1)
vm_seconds=5 node 'echo c >/proc/sysrq-trigger' >/dev/null 2>&1 || true # what the port says while the machine dies is no text
check_within "$kBootSeconds" "after a panic of its kernel it starts again" vm_has_rebooted cp-1 "$before"
check "from the good slot" runs_version "$version"

check_within 120 "process 1 has the watchdog" holds_watchdog
before=$(vm_boot_id cp-1)
vm_seconds=5 node 'echo 1 >/sys/fs/cgroup/init.scope/cgroup.freeze' >/dev/null 2>&1 || true
check_within "$kBootSeconds" "when process 1 hangs the watchdog starts the machine again" vm_has_rebooted cp-1 "$before"
check "from the good slot" runs_version "$version"

vm_stop cp-1
patch "$state/byte"
boot_files "$disk" mren "::/EFI/Linux/kgnode_$kNext+0-1.efi" "kgnode_$kNext+2.efi"
start_watched
check_within "$kBootSeconds" "without the damage the new slot starts" vm_is_hardened cp-1
check "it is the new one" runs_version "$kNext"
check_within 120 "it counts as good" has_entries "kgnode_$version.efi kgnode_$kNext.efi"
check "and has what the node keeps" test "$before_update" == "$(kept)"
finish
