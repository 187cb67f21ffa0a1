# Ours beside others': figures by product, ratios, a table at the end. To be sourced after figure.sh, with kTopic, the begin of the
# figures' names, and kProducts, ours first.
# shellcheck shell=bash disable=SC2154

declare -A measured=()
rows=()

# measure WHAT UNIT PRODUCT VALUE [BUDGET]: one figure; where ours is there already, its ratio to ours too.
measure() {
  local what=$1 unit=$2 product=$3 value=$4
  note "$what" "$unit" "$product" "$value"
  figure "${kTopic:?}_${what}_$product" "$value" "$unit" "${5:-}"
}

# missing WHAT UNIT PRODUCT REASON: no figure, and why.
missing() {
  note "$1" "$2" "$3" skip
  echo "skip ${kTopic}_$1_$3 # $4"
}

note() {
  [[ -n ${measured[$1, unit]:-} ]] || rows+=("$1")
  measured[$1, unit]=$2
  measured[$1, $3]=$4
}

# ratio WHAT PRODUCT: ours to theirs; nothing when one of them is not known.
ratio() {
  local ours=${measured[$1, kgnode]:-skip} theirs=${measured[$1, $2]:-skip}
  [[ $ours == skip || $theirs == skip ]] || awk "BEGIN { exit !($theirs > 0) }" || return 0
  [[ $ours == skip || $theirs == skip ]] || calculate "$ours / $theirs" %.4g
}

# hold WHAT PRODUCT BUDGET: the ratio has a budget; without a ratio nothing is held, which missing() has said.
hold() {
  local value
  value=$(ratio "$1" "$2")
  [[ -z $value ]] || figure "${kTopic}_$1_kgnode_to_$2" "$value" x "$3"
}

# memory_of UNITS: RSS and PSS of all their processes in MiB. agent: a command in the node.
memory_of() {
  # shellcheck disable=SC2016 # for the node's shell
  agent sh -c 'for unit in $1; do for pid in $(cat "/sys/fs/cgroup/system.slice/$unit/cgroup.procs" 2>/dev/null); do
      cat "/proc/$pid/status" "/proc/$pid/smaps_rollup" 2>/dev/null; done; done' - "$1" |
    awk '/^VmRSS:/ { rss += $2 } /^Pss:/ { pss += $2 } END { printf "%.1f %.1f\n", rss / 1024, pss / 1024 }'
}

# table: what was measured, with the ratio ours / theirs in brackets.
table() {
  local what product cell
  printf '%-28s %-8s' "" unit
  printf ' %20s' "${kProducts[@]}"
  echo
  for what in "${rows[@]}"; do
    printf '%-28s %-8s' "$what" "${measured[$what, unit]}"
    for product in "${kProducts[@]}"; do
      cell=${measured[$what, $product]:--}
      [[ $product == kgnode || -z $(ratio "$what" "$product") ]] || cell+=" ($(ratio "$what" "$product"))"
      printf ' %20s' "$cell"
    done
    echo
  done
  echo "in brackets: ours / theirs"
}
