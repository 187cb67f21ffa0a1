#!/bin/bash
# Makes the disk image and what belongs to it in a folder: disk-image.sh [--payload] [--with FILES] VERSION FOLDER
# With --payload only what an update brings. FILES is a folder that is laid over the root tree.
# Without loop devices, mounts of the image or network; the same trees and the same agent give the same bytes.
set -euo pipefail
checkout=$(dirname "$(dirname "$(readlink -f "$0")")")
# shellcheck source=tests/rig/stage.sh
source "$checkout/tests/rig/stage.sh"
only_payload=
more_files=
while [[ $1 == --* ]]; do
  case $1 in
    --payload) only_payload=yes ;;
    --with) more_files=$2; shift ;;
  esac
  shift
done
version=$1
out=$2
name=kgnode-$version
rollback_index=$(sed '/^#/d' "$checkout/image/rollback-index")
epoch=$(sed -nE '1s/^# epoch ([0-9]+)$/\1/p' "$checkout/image/packages.lock")
# Random numbers of partitions and file systems follow from these.
readonly kSeed=6f1a2c3e-5b0d-4c1e-9c7f-0d3a52a1f000 kHashSeed=6f1a2c3e-5b0d-4c1e-9c7f-0d3a52a1f001 kRootUuid=6f1a2c3e-5b0d-4c1e-9c7f-0d3a52a1f002

mkdir -p "${KGNODE_CACHE:?}/image" "$out"
work=$(mktemp -d "$KGNODE_CACHE/image/XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root
kernel=$(basename "${KGNODE_MACHINE_TREE:?}"/usr/lib/modules/*)

in_tree() {
  "$checkout/image/enter.sh" "$1" "$checkout" env SOURCE_DATE_EPOCH="$epoch" "${@:2}"
}
in_tools() { in_tree "${KGNODE_TOOLS_TREE:?}" "$@"; }
in_build_root() { in_tree "${KGNODE_BUILD_ROOT:?}" "$@"; }

# words FILE: its lines without their reasons.
words() {
  sed -E 's/[[:space:]]*#.*//; /^[[:space:]]*$/d' "$1"
}

# quietly LOG COMMAND...: what it prints matters only when it fails.
quietly() {
  local log=$work/$1.log
  "${@:2}" >"$log" 2>&1 || { cat "$log" >&2; echo "dev: $1 failed" >&2; return 1; }
}

# At fixed places: dracut writes its own arguments into the initrd.
make_initrd() {
  cp "$checkout/image/dracut.conf" "$work/"
  quietly dracut in_tree "$KGNODE_MACHINE_TREE" sh -ec '
    cp -a "$1/initrd.d" "$1/dracut.conf" /tmp
    mkdir /tmp/no-more-settings
    dracut --conf /tmp/dracut.conf --confdir /tmp/no-more-settings --no-hostonly --reproducible --force --kver "$2" \
      --include /tmp/initrd.d / /tmp/initrd
    cp /tmp/initrd "$1/"' - "$work" "$kernel"
}

# The overlay is shared with the containers of the test rig; what only a machine has is image/machine.
make_root() {
  "$checkout/image/root-tree.sh" "$KGNODE_MACHINE_TREE" "$root"
  copy_in "$checkout/image/machine" "$root"
  copy_in "$checkout/image/initrd" "$work/initrd.d"
  mask_units
  [[ -z $more_files ]] || copy_in "$more_files" "$root"
  in_build_root systemctl --root="$root" --quiet enable \
    kgnode-health.service kgnode-k3s-baked.service kgnode-console@tty1.service kgnode-console@ttyS0.service
  in_build_root systemctl --root="$root" --quiet set-default multi-user.target
  drop_packages
  name_release
  cp "${KGNODE_UPDATE_KEY:?}.pub" "$root/usr/lib/kgnode/update-keys"
  chmod 0644 "$root/usr/lib/kgnode/update-keys"
  arrange_accounts
  arrange_folders
  # Nobody becomes somebody else here: log-ins have no new privileges, and what needs root's asks the agent.
  find "$root" -xdev -type f -perm /6000 -exec chmod a-s {} +
}

# copy_in FROM TO: modes and times do not depend on who made the checkout, and when.
copy_in() {
  mkdir -p "$2"
  tar --create --directory="$1" --owner=0 --group=0 --mode=u=rwX,go=rX --mtime="@$epoch" . | tar --extract --directory="$2" --no-overwrite-dir
}

mask_units() {
  local unit
  while read -r unit; do
    if [[ $unit == *.* ]]; then
      ln -sfn /dev/null "$root/etc/systemd/system/$unit"
    else
      mkdir -p "$root/etc/systemd/system-generators"
      ln -sfn /dev/null "$root/etc/systemd/system-generators/$unit"
    fi
  done < <(words "$checkout/image/machine.masks")
}

# Without their scripts: nothing of them runs here, and half of them want what goes too.
drop_packages() {
  local package packages=() files=() broken
  while read -r package; do
    [[ $package == /* ]] && files+=("$root$package") || packages+=("$package")
  done < <(words "$checkout/image/machine.drop")
  for package in "${packages[@]}"; do
    rm -f "$root/var/lib/dpkg/info/$package".{pre,post}{inst,rm} "$root/var/lib/dpkg/info/$package:amd64".{pre,post}{inst,rm}
  done
  # Locks are of the file, which the package tree and the other images that are being made have, too.
  rm -f "$root"/var/lib/dpkg/{lock,lock-frontend,triggers/Lock}
  quietly "dropping packages" in_build_root dpkg --root="$root" --force-depends --force-remove-essential --no-triggers \
    --purge "${packages[@]}"
  rm -f "${files[@]}"
  # Links of units that went with their packages.
  find "$root/etc/systemd/system" -type l -lname '/usr/*' | while read -r package; do
    [[ -e $root$(readlink "$package") ]] || rm "$package"
  done
  broken=$(in_tools "$checkout/image/broken-programs.sh" "$root")
  [[ -z $broken ]] || { echo "dev: what image/machine.drop takes away is wanted by:"$'\n'"$broken" >&2; return 1; }
}

name_release() {
  local file=$root/usr/lib/os-release
  { grep -v '^IMAGE_' "$file"; printf 'IMAGE_ID=kgnode\nIMAGE_VERSION=%s\nKGNODE_ROLLBACK_INDEX=%s\n' "$version" "$rollback_index"; } >"$work/os-release"
  rm "$file"
  cp "$work/os-release" "$file"
}

# Accounts that packages made carry the day when their tree was made.
arrange_accounts() {
  rm -f "$root"/etc/{passwd,group,shadow,gshadow}-
  awk -F: -v OFS=: -v day=$((epoch / 86400)) '{ $3 = day; print }' "$root/etc/shadow" >"$work/shadow"
  chown --reference="$root/etc/shadow" "$work/shadow"
  chmod --reference="$root/etc/shadow" "$work/shadow"
  mv "$work/shadow" "$root/etc/shadow"
  # One way to say that nobody logs in.
  sed 's|:/bin/false$|:/usr/sbin/nologin|' "$root/etc/passwd" >"$work/passwd"
  chmod --reference="$root/etc/passwd" "$work/passwd"
  mv "$work/passwd" "$root/etc/passwd"
}

# What belongs to a slot is below /usr, what a node keeps is below /var, and the rest is made at each boot.
arrange_folders() {
  mkdir -p "$root/efi" "$root/var/roothome" "$root/usr/share/kgnode"
  # systemd-repart leaves /boot empty, so the kernel's configuration is mounted there.
  install -D -m 0644 -t "$root/usr/share/kgnode/boot" "$root/boot/config-$kernel"
  find "$root/boot" "$root/root" -mindepth 1 -delete
  rm -f "$root"/{vmlinuz,initrd.img}{,.old}
  in_tools "$checkout/image/sbom.sh" "$root" "$version" "$epoch" >"$out/$name.spdx.json"
  cp "$out/$name.spdx.json" "$root/usr/share/kgnode/sbom.spdx.json"
  # The database of packages is that of the slot, whichever boots.
  rm -rf "$root"/var/lib/dpkg/*-old "$root"/var/lib/dpkg/{lock,lock-frontend,triggers/Lock} "$root/usr/share/kgnode/dpkg"
  mv "$root/var/lib/dpkg" "$root/usr/share/kgnode/dpkg"
  ln -s ../../usr/share/kgnode/dpkg "$root/var/lib/dpkg"
  rm -rf "$root"/var/{backups,cache,mail,opt,local}/* "$root"/var/lib/{apt,dracut,python,ucf,xfsprogs,pam} "$root"/var/log/{apt,runit}
  : >"$root/etc/.updated"
  : >"$root/var/.updated"
}

# repart OPTIONS...: options of the makers of file systems are given by variables only.
repart() {
  in_tools env \
    SYSTEMD_REPART_MKFS_OPTIONS_EROFS="-zzstd,level=9 -C65536 -T$epoch --all-time -U$kRootUuid" \
    SYSTEMD_REPART_MKFS_OPTIONS_EXT4="-E hash_seed=$kHashSeed,nodiscard,lazy_itable_init=1" \
    systemd-repart --definitions="$work/partitions" --offline=yes --sector-size=512 --seed="$kSeed" --architecture=x86-64 \
    --dry-run=no --no-pager "$@"
}

make_slots() {
  local file
  mkdir "$work/partitions"
  for file in "$checkout"/image/partitions/*.conf; do
    sed "s|@VERSION@|$version|; s|/@ESP@|$work/esp|" "$file" >"$work/partitions/$(basename "$file")"
  done
  # All of /var has one time, as the root gets it from mkfs.erofs; these files are not shared with the package tree.
  cp -a "$root/var" "$work/var"
  rm -rf --one-file-system "${root:?}/var"
  mv "$work/var" "$root/var"
  find "$root/var" -exec touch -h -d "@$epoch" {} +
  repart --copy-source="$root" --empty=create --size=1856M --split=yes --defer-partitions=esp --json=short "$work/$name.raw" \
    >"$work/partitions.json" 2>"$work/repart.log" || { cat "$work/repart.log" >&2; return 1; }
}

make_kernel() {
  local hash
  hash=$(in_tools jq -r '[.[] | .roothash // empty | select(. != "TBD")][0]' "$work/partitions.json")
  [[ $hash =~ ^[0-9a-f]{64}$ ]] || { echo "dev: systemd-repart gave no root hash" >&2; return 1; }
  quietly ukify in_tools ukify build --linux="$KGNODE_MACHINE_TREE/boot/vmlinuz-$kernel" --initrd="$work/initrd" \
    --cmdline="roothash=$hash $(words "$checkout/image/kernel-command-line" | paste -sd' ')" \
    --os-release="@$root/usr/lib/os-release" --uname="$kernel" --output="$work/$name.efi"
  echo "$hash" >"$out/$name.roothash"
}

make_esp() {
  local boot=$root/usr/lib/systemd/boot/efi/systemd-bootx64.efi.signed
  mkdir -p "$work"/esp/EFI/{BOOT,systemd,Linux} "$work/esp/loader"
  cp "$boot" "$work/esp/EFI/BOOT/BOOTX64.EFI"
  cp "$boot" "$work/esp/EFI/systemd/systemd-bootx64.efi"
  # The editor would let whoever is at the console change the kernel's command line.
  printf 'timeout 0\neditor no\nauto-firmware no\n' >"$work/esp/loader/loader.conf"
  cp "$work/$name.efi" "$work/esp/EFI/Linux/kgnode_$version+3.efi"
  find "$work/esp" -exec touch -h -d "@$epoch" {} +
  quietly "systemd-repart of the boot partition" repart "$work/$name.raw"
}

# What an update brings: root, verity and the kernel file, and all of them in one signed file.
make_payload() {
  mv "$work/$name".{root.raw,verity.raw,efi} "$out/"
  in_build_root "$checkout/build/bundle-tool" make --key "$KGNODE_UPDATE_KEY" --version "$version" --rollback-index "$rollback_index" \
    --root-hash "$(<"$out/$name.roothash")" "$out/$name".{root.raw,verity.raw,efi,update}
}

# What is uploaded to a provider.
make_uploads() {
  mv "$work/$name.raw" "$out/"
  in_tools qemu-img convert -f raw -O qcow2 -c -o compression_type=zstd "$out/$name.raw" "$out/$name.qcow2"
  in_tools zstd --quiet --force -T2 -10 --long=27 "$out/$name.raw" -o "$out/$name.raw.zst"
}

stage "image: root tree" make_root
stage "image: initrd" make_initrd
stage "image: slots and /var" make_slots
stage "image: kernel file" make_kernel
if [[ -z $only_payload ]]; then
  stage "image: boot partition" make_esp
  stage "image: qcow2, zst" make_uploads
fi
make_payload
(cd "$out" && sha256sum "$name".* >SHA256SUMS)
