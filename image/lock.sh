#!/bin/bash
# The package lock: which packages make the disk image, to the byte: lock.sh check | update
# Lines of image/packages.lock: TREE NAME VERSION ARCHITECTURE SHA256. Trees: machine (what is in the image) and image-tools
# (what makes it). Its first line has the time that all files of the image carry.
set -euo pipefail
checkout=$(dirname "$(dirname "$(readlink -f "$0")")")
lock=$checkout/image/packages.lock

# entries TREE FOLDER: its lines of the lock.
entries() {
  local record=$2/usr/share/kgnode/packages
  [[ -e $record ]] || { echo "dev: $2 does not say what it is made of: remove it and try again" >&2; return 1; }
  sed "s/^/$1 /" "$record"
}

all_entries() {
  entries machine "${KGNODE_MACHINE_TREE:?}"
  entries image-tools "${KGNODE_TOOLS_TREE:?}"
}

case ${1:-} in
  update)
    { echo "# epoch $(date -ud "$(date -u +%F)" +%s)"; all_entries; } >"$lock.new"
    mv "$lock.new" "$lock"
    echo "==> $(grep -c -v '^#' "$lock") packages are locked in image/packages.lock"
    ;;
  check)
    found=$(all_entries)
    if ! difference=$(diff <(grep -v '^#' "$lock") - <<<"$found"); then
      grep '^[<>]' <<<"$difference" | sed 's/^</locked:/; s/^>/found: /' >&2
      echo "dev: packages differ from image/packages.lock; look at them, then: ./dev image --update-lock" >&2
      exit 1
    fi
    ;;
  *) echo "usage: lock.sh check | update" >&2; exit 64 ;;
esac
