#!/bin/bash
# Makes sure that a tree of Debian packages is in the cache and prints its path: tree.sh [--path] NAME LIST...
# With --path it prints only where that tree is or would be.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
cache=${KGNODE_CACHE:?}

only_path=
[[ $1 != --path ]] || { only_path=yes; shift; }
name=$1
shift

# Reasons and order in a list do not matter, the packages and the way they are installed do; hooks only of a list that has one.
hooks=$(for list in "$@"; do cat "${list%.packages}.hook" 2>/dev/null || true; done)
hash=$({ sed -E 's/#.*//; s/[[:space:]]+//g; /^$/d' "$@" | sort -u; sed '/list_hooks/d' "$here/make-root.sh"; printf %s "$hooks"; } | sha256sum | cut -c1-12)
root=$cache/$name-$hash

make_tree() {
  local lock
  mkdir -p "$cache"
  exec {lock}>"$cache/$name.lock"
  flock "$lock"
  [[ ! -d $root ]] || return 0
  rm -rf --one-file-system "$root.partial"
  "$here/make-root.sh" "$root.partial" "$@" >&2
  # A tree gets its name when it is complete, so one that has its name is whole.
  mv -T "$root.partial" "$root"
  find "$cache" -maxdepth 1 -name "$name-*" -mtime +30 -exec rm -rf --one-file-system {} +
}

if [[ -z $only_path ]]; then
  [[ -d $root ]] || make_tree "$@"
  touch "$root"
fi
echo "$root"
