#!/bin/bash
# The two slots of a machine's disk, written while it is off, as an update would leave them. To be sourced after vm_lib.sh.
# shellcheck disable=SC2154 # checkout is a variable of cluster_lib.sh

in_tools() {
  "$checkout/image/enter.sh" "${KGNODE_TOOLS_TREE:?}" "$checkout" "$@"
}

# slot_offset DISK NUMBER: where a partition begins, in bytes.
slot_offset() {
  in_tools sfdisk --json "$1" | in_tools jq ".partitiontable.partitions[$2 - 1].start * 512"
}

# to_uuid HEX
to_uuid() { sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12})$/\1-\2-\3-\4-\5/' <<<"$1"; }

# fill_slot_b DISK PAYLOAD VERSION: PAYLOAD is what disk-image.sh leaves, without what follows the version in the names.
fill_slot_b() {
  local disk=$1 payload=$2 label=kgnode_$3 hash
  hash=$(<"$payload.roothash")
  # The root is found by its hash: each half of it is the identity of a partition.
  write_slot "$disk" 4 "$payload.root.raw" "$label" "$(to_uuid "${hash:0:32}")"
  write_slot "$disk" 5 "$payload.verity.raw" "$label" "$(to_uuid "${hash:32}")"
}

# write_slot DISK NUMBER FILE LABEL UUID
write_slot() {
  dd if="$3" of="$1" bs=1M conv=notrunc,sparse oflag=seek_bytes seek="$(slot_offset "$1" "$2")" status=none
  in_tools sfdisk --quiet --part-uuid "$1" "$2" "$5"
  in_tools sfdisk --quiet --part-label "$1" "$2" "$4"
}

# boot_files DISK MTOOLS_COMMAND ARGUMENTS...: on the boot partition.
boot_files() {
  in_tools env MTOOLS_SKIP_CHECK=1 "$2" -i "$1@@$(slot_offset "$1" 1)" "${@:3}"
}

# file_offset ROOT_FILE_SYSTEM PATH: where the data of a file begin.
file_offset() {
  in_tools dump.erofs -e --path="$2" "$1" | awk '$1 == "0:" { sub(/\.\..*/, "", $7); print $7; exit }'
}
