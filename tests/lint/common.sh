# What every lint shares: the list of sources and the result lines. To be sourced; not a lint itself.
# shellcheck shell=bash
# shellcheck disable=SC2034 # used by those who source this file

readonly kSourceFolders=(agent hardening k3s storage)
found=0

# sources FOLDER...: C++ files, sorted.
sources() {
  local folder existing=()
  for folder in "$@"; do
    [[ ! -d $folder ]] || existing+=("$folder")
  done
  ((${#existing[@]} == 0)) || find "${existing[@]}" \( -name '*.cpp' -o -name '*.hpp' \) -not -path '*/build*/*' | sort
}

# complain WHERE WHAT: one finding.
complain() {
  echo "$1: $2"
  found=$((found + 1))
}

# finish NAME: the result line of a lint.
finish() {
  if ((found)); then
    echo "not ok $1 ($found findings)"
    exit 1
  fi
  echo "ok $1"
}
