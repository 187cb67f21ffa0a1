#!/bin/bash
# Updates: refused when they are not ours, resumed after a power cut, kept when the node is healthy, undone by itself when it is not,
# gone back from by a person. All of it keeps what the node keeps.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/rig/provider.sh
source tests/rig/provider.sh
# shellcheck source=tests/rig/vm_lib.sh
source tests/rig/vm_lib.sh

readonly kNext=99.0.0 kBroken=99.1.0 kPort=8000
readonly kImages='grep -qx images /var/lib/rancher/k3s/agent/images/airgap.tar.zst'
readonly kServer=http://203.0.113.1:$kPort
version=$(basename "$KGNODE_IMAGE" .raw)
version=${version#kgnode-}

node() { vm_exec cp-1 "$@"; }
runs_version() { [[ $(node '. /etc/os-release; echo "$IMAGE_VERSION"') == "$1" ]]; }
entries() { node 'ls /efi/EFI/Linux' | sort; }
entries_are() { [[ $(entries | tee /dev/stderr) == "$(printf '%s\n' "$@" | sort)" ]]; }
upgrade_says() { grep -q "$1" <<<"$(node 'kgnode upgrade' | tee /dev/stderr)"; }
fails_with() { node "! $1 2>/tmp/said && cat /tmp/said && grep -q '$2' /tmp/said"; }
is_half_way() { node 'kgnode upgrade -o json' | in_build_root jq -e '.at_work and .done > 100 * 1048576' >/dev/null; }
slot_log() { node 'journalctl --no-pager --output=cat --unit=kgnode-slot'; }
doctor_says() { node "kgnode doctor | grep -E '$1'"; }
bundle_tool() { in_build_root "$checkout/build/bundle-tool" "$@"; }

# A folder of files for the other machine to download from.
make_updates() {
  mkdir "$state/files" "$state/broken" "$state/small"
  # A stand-in for K3s in its place: it says a version, and otherwise waits.
  install -D -m 0755 /dev/stdin "$state/with-k3s/usr/lib/kgnode/k3s/k3s" <<'END'
#!/bin/sh
case $1 in --version) echo "k3s version v1.34.3+k3s1 (stand-in)" ;; *) exec sleep infinity ;; esac
END
  install -D -m 0644 /dev/stdin "$state/with-k3s/usr/lib/kgnode/k3s/images/airgap.tar.zst" <<<"images"
  "$checkout/image/disk-image.sh" --payload --with "$state/with-k3s" "$kNext" "$state/next"
  # Its sshd cannot start, so the node is not healthy; and its patience is short.
  mkdir -p "$state/broken/etc/ssh/sshd_config.d" "$state/broken/usr/lib/systemd/system/kgnode-health.service.d"
  echo "NoSuchOption yes" >"$state/broken/etc/ssh/sshd_config.d/99-broken.conf"
  printf '[Service]\nExecStart=\nExecStart=/usr/bin/kgnode health-gate --within 90s\n' >"$state/broken/usr/lib/systemd/system/kgnode-health.service.d/short.conf"
  "$checkout/image/disk-image.sh" --payload --with "$state/broken" "$kBroken" "$state/not-healthy"
  mv "$state/next/kgnode-$kNext.update" "$state/not-healthy/kgnode-$kBroken.update" "$state/files/"
  bundle_tool key "$state/other-key"
  cp "$KGNODE_UPDATE_KEY" "$state/key-of-updates"
  printf 'nothing' >"$state/small/part"
  small_update other-key 99.9.9 9 stranger
  small_update key-of-updates 0.0.1 9 older
  small_update key-of-updates 99.9.9 0 withdrawn
  head -c 30000 "$state/files/kgnode-$kNext.update" >"$state/files/cut.update"
}

# small_update KEY VERSION ROLLBACK_INDEX NAME: nothing but a head that is signed.
small_update() {
  bundle_tool make --key "$state/$1" --version "$2" --rollback-index "$3" --root-hash "$(printf '%064d' 7)" \
    "$state/small/part" "$state/small/part" "$state/small/part" "$state/files/$4.update"
}

begin make_network cp-1
make_updates
stand_in files 203.0.113.1 "$kPort" "$state/files" 40000000
prepare_vm cp-1
start_vm cp-1
check_within "$kBootSeconds" "cp-1 is hardened" vm_is_hardened cp-1
check_within 300 "its slot counts as good" entries_are "kgnode_$version.efi"
check "the doctor knows its slot" doctor_says "pass +image.slot: version $version runs"
node 'touch /root/kept' >/dev/null

check "an update of a stranger is refused" fails_with "kgnode upgrade $kServer/stranger.update" "is not signed with a key of this image"
check "an older version is refused" fails_with "kgnode upgrade $kServer/older.update" "is not newer than $version"
check "a withdrawn one is refused" fails_with "kgnode upgrade $kServer/withdrawn.update" "rollback index 0"
check "one that is cut is refused" fails_with "kgnode upgrade $kServer/cut.update" "is cut"
check "one that is not there is refused" fails_with "kgnode upgrade $kServer/none.update" "curl ended with 22"
check "there is nothing to go back to" fails_with "kgnode rollback" "nothing in the other slot"
check "nothing was changed by any of them" entries_are "kgnode_$version.efi"

node "systemd-run --quiet kgnode upgrade $kServer/kgnode-$kNext.update" >/dev/null
check_within 300 "an update is being written" is_half_way
vm_cut cp-1
start_vm cp-1
check_within "$kBootSeconds" "after a power cut in the middle it starts" vm_is_hardened cp-1
check "from the slot that it ran" runs_version "$version"
check "which is all that can be booted" entries_are "kgnode_$version.efi"
check "the doctor tells of what was begun" doctor_says "fail +image.update: version $kNext is being written"
vm_seconds=600 check "the update is completed" node "kgnode upgrade $kServer/kgnode-$kNext.update"
check "and waits for a reboot" upgrade_says "version $kNext: written"
check "the download went on where it had ended" asked files 'GET /kgnode-99.0.0.update HTTP/1.1" 206'
check "its entry has three tries" entries_are "kgnode_$kNext+3.efi" "kgnode_$version.efi"
kept() { node 'cat /var/lib/kgnode/ssh/ssh_host_ed25519_key.pub /etc/kgnode/node.toml; ls /root/kept >/dev/null'; }
before_update=$(kept)
check "a reboot tries it" vm_reboot cp-1
check_within "$kBootSeconds" "it is hardened" vm_is_hardened cp-1
check "it is the new version" runs_version "$kNext"
check_within 300 "it counts as good" entries_are "kgnode_$kNext.efi" "kgnode_$version.efi"
check "the record says so" upgrade_says "version $kNext: good"
check "and has what the node keeps" test "$before_update" == "$(kept)"
check "the K3s that it brings is in place" node "/usr/local/bin/k3s --version | grep v1.34.3+k3s1 && $kImages"
check "its list of contents names it" in_build_root jq -e '.packages[] | select(.name == "k3s" and .versionInfo == "v1.34.3+k3s1")' \
  "$state/next/kgnode-$kNext.spdx.json"

check "a person goes back" node 'kgnode rollback'
check "by a reboot" vm_reboot cp-1
check_within "$kBootSeconds" "it is hardened" vm_is_hardened cp-1
check "it is the old version" runs_version "$version"
check "K3s stays, the images of its containers went with their slot" node "/usr/local/bin/k3s --version && ! $kImages"
check "the record says who did" upgrade_says "rolled back, an operator went back to $version"

vm_seconds=600 check "an update that will not be healthy is written" node "kgnode upgrade $kServer/kgnode-$kBroken.update"
check "the slot before it is gone" entries_are "kgnode_$kBroken+3.efi" "kgnode_$version.efi"
before=$(vm_boot_id cp-1)
vm_seconds=10 node 'systemctl --no-block reboot' || true
check_within "$kBootSeconds" "it is tried" vm_has_rebooted cp-1 "$before"
check "it is the new version" runs_version "$kBroken"
before=$(vm_boot_id cp-1)
check_within "$kBootSeconds" "it gives way by itself" vm_has_rebooted cp-1 "$before"
check_within "$kBootSeconds" "the node is hardened again" vm_is_hardened cp-1
check "on the old version" runs_version "$version"
check "the update has no try left" entries_are "kgnode_$kBroken+0-2.efi" "kgnode_$version.efi"
check "the record says why" upgrade_says "version $kBroken: failed, degraded: ssh"
check "so does the status" node "kgnode status | grep 'version $kBroken failed'"
check "nobody can go back to it" fails_with "kgnode rollback" "has failed"
finish
