#!/bin/bash
# Files stay short enough to be read in one go; exceptions are in file_length.allow, each with its reason.
set -euo pipefail
source tests/lint/common.sh

allowed() {
  grep -qE "^$1[[:space:]]+[^[:space:]]" tests/lint/file_length.allow
}

# check FILE LIMIT
check() {
  local lines
  lines=$(wc -l <"$1")
  ((lines <= $2)) || allowed "$1" || complain "$1" "$lines lines, at most $2: make two files of it"
}

limit_of() {
  case $1 in
    tests/*) echo 400 ;;
    *.hpp) echo 300 ;;
    *) echo 500 ;;
  esac
}

while IFS= read -r file; do
  check "$file" "$(limit_of "$file")"
  [[ $file != *.hpp || $file == tests/* ]] || (($(wc -l <"$file") <= 150)) ||
    echo "note: $file has $(wc -l <"$file") lines, a header should stay below 150"
done < <(sources "${kSourceFolders[@]}" tests)
check dev 300
while IFS= read -r file; do
  check "$file" 400
done < <(find image tests -name '*.sh' -o -name '*.py' | sort)
finish file_length
