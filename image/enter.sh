#!/bin/bash
# Runs a command inside a tree of the cache, in the checkout: enter.sh ROOT CHECKOUT COMMAND...
# The tree is the lower layer of an overlay in memory: what a command writes outside the checkout and the cache is gone
# when it ends, and its processes with it. Mount and PID namespaces are its own, the network is the caller's.
set -euo pipefail

enter() {
  local root=$1 checkout=$2 new path
  shift 2
  new=$KGNODE_CACHE/mnt
  mkdir -p "$new"
  mount -t tmpfs -o mode=0755 tmpfs "$new"
  mkdir "$new/upper" "$new/work" "$new/root"
  mount -t overlay overlay -o "lowerdir=$root,upperdir=$new/upper,workdir=$new/work" "$new/root"
  cd "$new/root"

  mount --rbind /dev dev
  mount --rbind /sys sys
  mount -t proc proc proc
  # Kernel parameters are the machine's, those of the network belong to the namespace of who sets them.
  mount --bind proc/sys proc/sys
  mount --bind proc/sys/net proc/sys/net
  mount -o remount,bind,ro proc/sys
  mount -t tmpfs -o mode=0755 tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
  for path in "$checkout" "$KGNODE_CACHE"; do
    mkdir -p ".$path"
    mount --bind "$path" ".$path"
  done

  # From here on only what was mounted above exists.
  pivot_root . mnt
  umount -l /mnt
  cd "$checkout"
  # Not exec: as process 1 a command would lose the default action of signals.
  /usr/bin/env -i \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
    CCACHE_DIR="$KGNODE_CACHE/ccache" CCACHE_BASEDIR="$checkout" CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=4G CCACHE_SLOPPINESS=pch_defines,time_macros \
    LLVM_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19 \
    "${KGNODE_FORWARD[@]}" "$@"
}

# Variables that steer tests pass through; nothing else of the caller's environment does.
KGNODE_FORWARD=()
while IFS= read -r name; do
  KGNODE_FORWARD+=("$name=${!name}")
done < <(compgen -e | grep -E '^(KGNODE_|CC$|CXX$)' || true)

if [[ ${1:-} == --inside ]]; then
  shift
  enter "$@"
  exit
fi
exec unshare --mount --propagation private --pid --fork --kill-child "$0" --inside "$@"
