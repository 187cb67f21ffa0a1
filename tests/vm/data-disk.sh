#!/bin/bash
# An encrypted data disk on a machine: prepared, opened at each start by the TPM, grown with its volume, kept by a factory reset, and given
# up by one that is told to.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/rig/vm_lib.sh
source tests/rig/vm_lib.sh

readonly kMount=/var/lib/longhorn kPassphrase=correct-horse-battery

data_disk() { printf '{ serial = "%s" }\nencryption = { passphrase = "%s", tpm2 = true }\n' "$(data_serial "$1")" "$kPassphrase"; }

worker() { vm_exec worker-1 "$@"; }
is_mounted() { worker "mountpoint --quiet $kMount"; }
is_encrypted() {
  worker "findmnt --noheadings --output SOURCE $kMount | grep -x /dev/mapper/kgnode-data && cryptsetup status kgnode-data | tee /dev/stderr | grep -q LUKS2"
}
doctor_says() { worker "kgnode doctor | grep -E '$1'"; }
size_of_mount() { worker "findmnt --noheadings --bytes --output SIZE $kMount"; }
# Without tokens: the TPM would open it whatever is typed.
opens_with() { worker "printf '%s' '$1' | cryptsetup open --test-passphrase --disable-external-tokens --key-file=- \"/dev/\$(lsblk --noheadings --raw --inverse --output NAME /dev/mapper/kgnode-data | sed -n 2p)\""; }
does_not_open_with() { ! opens_with "$1"; }
is_secret() { worker "! journalctl --no-pager | grep -F $kPassphrase && ! grep -rF $kPassphrase /var/lib/kgnode/log && ! kgnode status -o json | grep -F $kPassphrase"; }

# reset OPTION...: returns when the machine has started again.
reset() {
  local before
  before=$(vm_boot_id worker-1)
  vm_seconds=20 worker "kgnode reset --confirm worker-1 $*"
  wait_for "$kBootSeconds" vm_has_rebooted worker-1 "$before"
}

# shellcheck disable=SC2034 # for start_vm
vm_tpm=yes
begin make_machines worker-1
check_within "$kBootSeconds" "worker-1 is hardened" vm_is_hardened worker-1
check "its data disk is mounted" is_mounted
check "and encrypted" is_encrypted
check "the passphrase opens it" opens_with "$kPassphrase"
check "another one does not" does_not_open_with wrong-passphrase
check "the passphrase is nowhere in journal, log and status" is_secret
for module in iscsi_tcp nfs dm_crypt; do
  check "longhorn.module.$module passes" doctor_says "pass +longhorn.module.$module"
done
check "the kernel's configuration is there" doctor_says 'pass +longhorn.nfs_kernel'
check "no other host has reserved the disk" doctor_says 'pass +longhorn.reservation'
check "no check fails, but that this image has no K3s and its network no time server" \
  worker '! kgnode doctor | grep "^fail" | grep -vE "^fail *(k3s.not-installed|audit.locked|time.clock|health.clock):"'
check "the TPM holds a key of its own" worker "cryptsetup luksDump \$(readlink -f /dev/disk/by-partlabel/kgnode-data) | grep systemd-tpm2"
worker "sed -i 's/passphrase = [^,]*, //' /etc/kgnode/node.toml"
check "the passphrase is taken out of the configuration" worker '! grep passphrase /etc/kgnode/node.toml && kgnode apply /etc/kgnode/node.toml'
worker "echo kept >$kMount/data"
first=$(worker 'cat /var/lib/kgnode/ssh/ssh_host_ed25519_key.pub')

vm_stop worker-1
truncate -s 4G "$state/worker-1/data.img"
start_vm worker-1
check_within "$kBootSeconds" "at the next start, with a larger volume, it is hardened" vm_is_hardened worker-1
check "the TPM has opened the disk" worker '! grep passphrase /etc/kgnode/node.toml'
check "which is mounted" is_encrypted
check "with what was on it" worker "grep kept $kMount/data"
check "partition, encryption and file system have grown" test "$(size_of_mount)" -gt 3800000000
check "there is nothing left to do" worker 'kgnode plan'

check "a reset under another name is refused" worker '! kgnode reset --confirm worker-2'
check "a factory reset reboots" reset
check_within "$kBootSeconds" "it is set up anew" vm_is_hardened worker-1
check "with other host keys" test "$first" != "$(worker 'cat /var/lib/kgnode/ssh/ssh_host_ed25519_key.pub')"
check "its log begins anew" worker '! kgnode log --lines 1000 | grep "factory reset"'
check "its disk is the one that it was" worker "grep kept $kMount/data"

check "a reset that erases the disk reboots" reset --erase-data-disk
check_within "$kBootSeconds" "it is set up anew" vm_is_hardened worker-1
check "its disk is prepared anew" is_encrypted
check "and empty" worker "[ -z \"\$(ls $kMount)\" ]"
finish
