#!/bin/bash
# The disk image beside Debian's generic cloud image: sizes, what is on it, and a start of each on the same emulated machine, one after
# the other. Debian's is made here from its packages, as the image itself may be out of reach; it boots without a boot loader.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/rig/provider.sh
source tests/rig/provider.sh
# shellcheck source=tests/rig/vm_lib.sh
source tests/rig/vm_lib.sh
# shellcheck source=tests/bench/figure.sh
source tests/bench/figure.sh

stock_tree=${KGNODE_STOCK_TREE:?}
in_tools() { "$checkout/image/enter.sh" "${KGNODE_TOOLS_TREE:?}" "$checkout" "$@"; }
mebibytes() { calculate "$1 / 1048576" %.0f; }
node() { vm_exec worker-1 "$@"; }

# pair NAME UNIT OURS THEIRS [BUDGET]: one figure of both, and ours / theirs.
pair() {
  figure "$1" "$3" "$2" "${5:-}"
  figure "$1_debian" "$4" "$2"
  figure "$1_ratio" "$(calculate "$3 / ($4 > 0 ? $4 : 1)")" ours/debian
}

# make_stock: a root file system that the kernel starts from; the root of a cloud image is as large, and most of it empty.
make_stock() {
  local root=$state/stock-root
  cp -a --reflink=auto "$stock_tree" "$root"
  rm -f "$root/etc/hostname"
  echo "LABEL=stock / ext4 rw 0 1" >"$root/etc/fstab"
  "$checkout/image/enter.sh" "$KGNODE_BUILD_ROOT" "$checkout" systemctl --root="$root" --quiet enable systemd-networkd.service systemd-resolved.service
  in_tools mke2fs -q -t ext4 -L stock -d "$root" "$state/stock.raw" 3G
  in_tools zstd --quiet --force -T2 -10 --long=27 "$state/stock.raw" -o "$state/stock.raw.zst"
  rm -rf --one-file-system "$root"
}

# The key of the operator comes the way it does for everybody.
stock_user_data() { printf '#cloud-config\nssh_authorized_keys: ["%s"]\n' "$(<"$state/key.pub")"; }

start_stock() {
  vm_cut worker-1
  cp --sparse=always "$state/stock.raw" "$state/worker-1/root.raw"
  # shellcheck disable=SC2317,SC2329 # make_drive calls it
  user_data() { stock_user_data; }
  make_drive worker-1
  start_vm worker-1 -kernel "$(echo "$stock_tree"/boot/vmlinuz-*)" -initrd "$(echo "$stock_tree"/boot/initrd.img-*)" \
    -append "root=LABEL=stock ro console=tty0 console=ttyS0,115200 loglevel=4 $kExtraWords"
}

has_started() { vm_console worker-1 'debug-shell|Debug Shell|login:' && { vm_seconds=40 node 'systemctl is-system-running' || true; } 2>/dev/null | grep -qE '^(running|degraded)'; }

# look FILE: what a machine that has started tells, one number a line and its name before it.
look() {
  node 'dpkg-query --show --showformat="\${db:Status-Abbrev}\n" | grep -c ^ii | sed "s/^/packages /"
    find / -xdev -type f -perm /6000 2>/dev/null | wc -l | sed "s/^/setuid /"
    ss -Hlntu | awk "{ print \$5 }" | grep -vcE "^(127\.|\[::1\])" | sed "s/^/listening /"
    systemctl list-units --type=service --state=running --no-legend | wc -l | sed "s/^/services /"
    systemctl show --property=UserspaceTimestampMonotonic,FinishTimestampMonotonic,InitRDTimestampMonotonic --timestamp=us |
      sed "s/TimestampMonotonic=/ /"
    awk "/^(MemTotal|MemFree|MemAvailable|Buffers|Cached|SReclaimable):/ { print substr(\$1, 1, length(\$1) - 1), \$2 }" /proc/meminfo' | tee /dev/stderr >"$1"
}
value() { awk -v name="$2" '$1 == name { print $2 }' "$1"; }
# used FILE: memory in MiB that is neither free nor a cache.
used() { calculate "($(value "$1" MemTotal) - $(value "$1" MemFree) - $(value "$1" Buffers) - $(value "$1" Cached) - $(value "$1" SReclaimable)) / 1024" %.0f; }
# unavailable FILE: what `free` calls used, with what the kernel keeps back.
unavailable() { calculate "($(value "$1" MemTotal) - $(value "$1" MemAvailable)) / 1024" %.0f; }
userspace() { calculate "($(value "$1" Finish) - $(value "$1" Userspace)) / 1000000" %.1f; }
before_userspace() { calculate "$(value "$1" Userspace) / 1000000" %.1f; }

begin make_machines worker-1
stage "Debian's image, from its packages" make_stock
wait_for "$kBootSeconds" vm_is_hardened worker-1
wait_for 600 has_started
sleep 30
look "$state/ours"
start_stock
wait_for "$kBootSeconds" has_started
sleep 30
look "$state/theirs"

pair image_raw_zst MiB "$(mebibytes "$(stat --format=%s "$KGNODE_IMAGE.zst")")" "$(mebibytes "$(stat --format=%s "$state/stock.raw.zst")")" 150
for what in packages:200 setuid: listening: services:; do
  pair "image_${what%:*}" "number" "$(value "$state/ours" "${what%:*}")" "$(value "$state/theirs" "${what%:*}")" "${what#*:}"
done
pair image_before_userspace_emulated s "$(before_userspace "$state/ours")" "$(before_userspace "$state/theirs")"
pair image_userspace_emulated s "$(userspace "$state/ours")" "$(userspace "$state/theirs")"
pair image_memory_without_caches MiB "$(used "$state/ours")" "$(used "$state/theirs")" 100
pair image_memory_not_available MiB "$(unavailable "$state/ours")" "$(unavailable "$state/theirs")"
((missed == 0))
