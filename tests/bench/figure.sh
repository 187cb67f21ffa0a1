# The shell side of tests/bench/figure.hpp. To be sourced.
# shellcheck shell=bash

missed=0

# figure NAME VALUE UNIT [BUDGET]: prints one figure of a benchmark. A budget is a most, with ">=" before it a least.
figure() {
  local budget=${4:-} kind='<=' verdict=ABOVE
  if [[ -z $budget ]]; then
    echo "$1 $2 $3 -"
    return
  fi
  [[ $budget != '>='* ]] || kind='>=' verdict=BELOW
  budget=${budget#'>='}
  if awk "BEGIN { exit !($2 $kind $budget) }"; then
    echo "$1 $2 $3 $kind$budget"
  else
    echo "$1 $2 $3 $kind$budget $verdict"
    missed=$((missed + 1))
  fi
}

# median NUMBER...
median() {
  percentile 50 "$@"
}

# percentile PERCENT NUMBER...
percentile() {
  local percent=$1
  shift
  printf '%s\n' "$@" | sort -g | awk "{ value[NR] = \$1 } END { print value[int(NR * $percent / 100) + 1] }"
}

# calculate EXPRESSION [FORMAT]
calculate() {
  awk "BEGIN { printf \"${2:-%.2f}\", $1 }"
}
