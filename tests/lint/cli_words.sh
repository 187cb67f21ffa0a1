#!/bin/bash
# Shell completion and manual page know every verb and option of kgnode, and no other; kgnode's own --help is asked.
set -euo pipefail
source tests/lint/common.sh
# shellcheck source=agent/cli/kgnode.bash
source agent/cli/kgnode.bash

readonly kPage=docs/man/kgnode.8.md
kgnode=$PWD/build/kgnode

# section TITLE VERB...: the first words of that part of the help of a verb.
section() {
  "$kgnode" "${@:2}" --help | awk -v title="$1:" '
    $0 == title { on = 1; next }
    /^[^ ]/ { on = 0 }
    on && /^  [^ ]/ { print $1 }'
}

subcommands() { section Subcommands "$@"; }
options() { section Options "$@" | sed 's/.*,//' | grep -v '^--help$' || true; }

# completed VERB...: what the completion offers after these verbs, in a folder without files.
completed() {
  local empty
  empty=$(mktemp -d)
  (
    cd "$empty"
    COMP_WORDS=(kgnode "$@" "") COMP_CWORD=$(($# + 1)) COMPREPLY=()
    _kgnode
    printf '%s\n' "${COMPREPLY[@]}"
  )
  rmdir "$empty"
}

# synopsis VERB...: its lines in the manual page.
synopsis() {
  sed -n '/^# SYNOPSIS/,/^# DESCRIPTION/p' "$kPage" | grep -F "**kgnode $***" || true
}

# compare WHERE HAVE WANT: lists of words, one a line.
compare() {
  local word
  for word in $(comm -13 <(sort -u <<<"$2") <(sort -u <<<"$3")); do complain "$1" "lacks $word"; done
  for word in $(comm -23 <(sort -u <<<"$2") <(sort -u <<<"$3")); do complain "$1" "has $word, kgnode does not"; done
}

check_verb() {
  local line
  compare "agent/cli/kgnode.bash: kgnode $*" "$(completed "$@")" "$(subcommands "$@"; options "$@")"
  (($#)) || return 0
  line=$(synopsis "$@")
  # A verb that only has further verbs below it is not called alone.
  if [[ -z $line ]]; then
    [[ -n $(subcommands "$@") && -z $(options "$@") ]] || complain "$kPage" "SYNOPSIS lacks kgnode $*"
  else
    compare "$kPage: kgnode $*" "$(grep -oE '\*\*-[-a-z0-9]+' <<<"$line" | tr -d '*')" "$(options "$@")"
  fi
}

walk() {
  local verb
  check_verb "$@"
  echo "kgnode $*" >>"$known"
  for verb in $(subcommands "$@"); do
    walk "$@" "$verb"
  done
}

known=$(mktemp)
trap 'rm -f "$known"' EXIT
walk
while IFS= read -r line; do
  grep -qxF "$line" "$known" || complain "$kPage" "SYNOPSIS has $line, which is not a verb"
done < <(sed -n '/^# SYNOPSIS/,/^# DESCRIPTION/p' "$kPage" | sed -nE 's/^\*\*(kgnode [a-z -]+)\*\*.*/\1/p')
finish cli_words
