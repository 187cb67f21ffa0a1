#!/bin/bash
# Makes sure that a tree of packages exists in the cache and prints its path: build-root.sh NAME LIST...
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cache=${KGNODE_CACHE:?}
name=$1
shift

# Reasons and order in a list do not matter, the packages and the way they are installed do.
hash=$({ sed -E 's/#.*//; s/[[:space:]]+//g; /^$/d' "$@" | sort -u; cat "$here/make-root.sh"; } | sha256sum | cut -c1-12)
root=$cache/$name-$hash

# A tree is renamed to its name when it is complete, so one that has its name is whole.
if [[ ! -d $root ]]; then
  mkdir -p "$cache"
  exec {lock}>"$cache/$name.lock"
  flock "$lock"
  if [[ ! -d $root ]]; then
    rm -rf --one-file-system "$root.partial"
    "$here/make-root.sh" "$root.partial" "$@" >&2
    mv -T "$root.partial" "$root"
    find "$cache" -maxdepth 1 -name "$name-*" -mtime +30 -exec rm -rf --one-file-system {} +
  fi
  exec {lock}>&-
fi
touch "$root"
echo "$root"
