# The shell side of tests/bench/figure.hpp. To be sourced.
# shellcheck shell=bash

above=0

# figure NAME VALUE UNIT [BUDGET]: prints one figure of a benchmark.
figure() {
  if [[ -z ${4:-} ]]; then
    echo "$1 $2 $3 -"
  elif awk "BEGIN { exit !($2 <= $4) }"; then
    echo "$1 $2 $3 <=$4"
  else
    echo "$1 $2 $3 <=$4 ABOVE"
    above=$((above + 1))
  fi
}

# median NUMBER...
median() {
  printf '%s\n' "$@" | sort -n | awk '{ value[NR] = $1 } END { print value[int(NR / 2) + 1] }'
}

# calculate EXPRESSION [FORMAT]
calculate() {
  awk "BEGIN { printf \"${2:-%.2f}\", $1 }"
}
