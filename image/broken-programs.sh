#!/bin/bash
# Prints the programs and libraries of a tree that want something which is not there: broken-programs.sh ROOT
# A line is "PATH LIBRARY" or "PATH INTERPRETER".
set -euo pipefail
root=$1

# Libraries are known by their file names; in Debian these are their sonames.
libraries() {
  find "$root/usr/lib" -name '*.so*' -printf '%f\n' | LC_ALL=C sort -u
}

wanted_libraries() {
  find "$root/usr" -type f \( -perm /111 -o -name '*.so*' \) ! -path '*/modules/*' -print0 |
    xargs -0 readelf --dynamic --wide 2>/dev/null |
    sed -nE 's/^File: (.*)/F \1/p; s/.*\(NEEDED\).*\[(.*)\]/N \1/p' |
    awk '$1 == "F" { file = $2 } $1 == "N" { print $2, file }' | LC_ALL=C sort
}

missing_libraries() {
  LC_ALL=C join -v 2 <(libraries) <(wanted_libraries) | awk '{ print $2, $1 }'
}

missing_interpreters() {
  local file line interpreter
  while IFS= read -r file; do
    IFS= read -r line <"$file" 2>/dev/null || continue
    read -r interpreter line <<<"${line#\#!}"
    [[ ${interpreter##*/} != env ]] || interpreter=/usr/bin/${line%% *}
    [[ -e $root$interpreter || -L $root$interpreter ]] || echo "$file $interpreter"
  done < <(find "$root/usr" -type f -perm /111 -exec grep -aIlm1 '^#!' {} +)
}

{ missing_libraries; missing_interpreters; } | sed "s|^$root||" | LC_ALL=C sort -u
