#!/bin/bash
# The test runner behind `./dev test`: finds tests by their place, runs each with a time limit, counts. To be sourced by dev.
#
# A test prints result lines: "ok NAME", "not ok NAME", "skip NAME # reason". Lines that begin with "figure " are shown; all
# else it prints goes to its log.
# One that ends with another status than 0 or prints no result line has failed.
# shellcheck disable=SC2154 # checkout, build_root, tree and all_tiers are variables of dev

results=
logs=
readonly kUnitLimit=120 kSanitizedLimit=480 kKernelLimit=180 kStandinLimit=600 kNodeLimit=600 kVmLimit=5400 kLintLimit=5400 kLongFactor=10

start_results() {
  logs=$checkout/build/log
  mkdir -p "$logs"
  results=$logs/results
  : >"$results"
}

limit() {
  [[ -n ${KGNODE_LONG:-} ]] && echo $(($1 * kLongFactor)) || echo "$1"
}

result_lines() {
  grep -E '^(ok|not ok|skip) ' "$1" || true
}

# record TIER RESULT_LINE: counts it, and shows it unless all is well.
record() {
  echo "$2" >>"$results"
  case $2 in
    "not ok "*) echo "FAILED $1: ${2#not ok }" ;;
    "skip "*) echo "skipped $1: ${2#skip }" ;;
  esac
}

# judge TIER NAME STATUS LOG RESULT_LINES: files the results of one test and shows what went wrong.
judge() {
  local tier=$1 name=$2 status=$3 log=$4 lines=$5 line
  [[ -n $lines ]] || lines="not ok $name printed no result (exit status $status)"
  if ((status == 124 || status == 137)); then
    lines+=$'\n'"not ok $name was stopped at its time limit"
  elif ((status != 0)) && ! grep -q '^not ok ' <<<"$lines"; then
    lines+=$'\n'"not ok $name ended with exit status $status"
  fi
  while IFS= read -r line; do
    record "$tier" "$line"
  done <<<"$lines"
  grep '^figure ' "$log" || true
  if grep -q '^not ok ' <<<"$lines"; then
    echo "---- end of ${log#"$checkout"/}"
    tail -n 60 "$log"
    echo "----"
  fi
}

# run_script TIER LIMIT NAME COMMAND...: a test that prints result lines.
run_script() {
  local tier=$1 seconds=$2 name=$3 log status=0
  shift 3
  log=$logs/$tier-$name.log
  timeout -k 20 "$(limit "$seconds")" "$@" >"$log" 2>&1 </dev/null || status=$?
  judge "$tier" "$name" "$status" "$log" "$(result_lines "$log")"
}

# run_catch TIER LIMIT PROGRAM [WRAPPER...]: a Catch2 program, counted by test case.
run_catch() {
  local tier=$1 seconds=$2 program=$3 name log status=0 lines
  shift 3
  name=$(basename "$program")
  log=$logs/$tier-$name.log
  rm -f "$log.xml"
  timeout -k 20 "$(limit "$seconds")" "$checkout/image/enter.sh" "$build_root" "$checkout" "$@" "$program" \
    --allow-running-no-tests -r console -r "xml::out=$log.xml" >"$log" 2>&1 </dev/null || status=$?
  lines=$(inside python3 tests/rig/catch_results.py "$log.xml" "$name" "$status")
  ((status <= 123)) && status=0 # the report says more than the exit status of Catch2
  judge "$tier" "$name" "$status" "$log" "$lines"
}

# programs PATTERN: executables of the build, relative to the checkout.
programs() {
  local file
  for file in $1; do
    [[ ! -f $file || ! -x $file ]] || echo "$file"
  done
}

scripts() {
  local file
  for file in "$1"/*.sh; do
    [[ ! -x $file ]] || echo "$file"
  done
}

# The compile commands of a configured build are enough to lint it: nothing is compiled.
tier_lint() {
  local script
  for script in $(scripts tests/lint); do
    run_script lint "$kLintLimit" "$(basename "$script" .sh)" \
      "$checkout/image/enter.sh" "$build_root" "$checkout" "$script"
  done
}

tier_unit() {
  local program
  need_build
  for program in $(programs 'build/tests/unit-*'); do
    run_catch unit "$kUnitLimit" "$program"
  done
  if [[ -z ${KGNODE_LONG:-} ]]; then
    record unit "skip monitoring # Prometheus' tool comes with 300 MB of packages: --long runs it"
    record unit "skip page # a browser comes with 400 MB of packages: --long runs it"
    return
  fi
  need_tree monitoring monitoring.packages
  run_script unit "$kUnitLimit" monitoring "$checkout/image/enter.sh" "$tree" "$checkout" tests/monitoring/promtool.sh
  need_tree chromium chromium.packages
  run_script unit "$kUnitLimit" page "$checkout/image/enter.sh" "$tree" "$checkout" tests/page/chromium.sh
}

# left_out TIER WHAT: true, and said, in a run of everything: the build with sanitizers takes as long as the other one.
left_out() {
  [[ -n $all_tiers && -z ${KGNODE_LONG:-} ]] || return 1
  record "$1" "skip $2 # a second build of everything: ./dev test unit fuzz, or ./dev test --long"
}

tier_sanitized() {
  local program
  ! left_out sanitized "the unit tests with sanitizers" || return 0
  need_sanitized
  for program in $(programs 'build-sanitize/tests/unit-*'); do
    run_catch sanitized "$kSanitizedLimit" "$program"
  done
}

tier_kernel() {
  local test
  need_build
  for test in $(programs 'build/tests/kernel-*'); do
    run_catch kernel "$kKernelLimit" "$test" tests/rig/isolate.sh
  done
  for test in $(scripts tests/kernel); do
    run_script kernel "$kKernelLimit" "$(basename "$test" .sh)" \
      "$checkout/image/enter.sh" "$build_root" "$checkout" tests/rig/isolate.sh "$test"
  done
  if [[ -z ${KGNODE_LONG:-} ]]; then
    record kernel "skip the stand-in for K3s does as K3s # two minutes and a tree of its own: --long runs it"
    return
  fi
  need_tree k3s-standin node.packages k3s-standin.packages
  run_script kernel "$kStandinLimit" k3s-standin \
    "$checkout/image/enter.sh" "$tree" "$checkout" tests/rig/isolate.sh tests/k3s-standin/selftest.py
}

tier_node() {
  local test name
  need_build
  need_tree cloud node.packages cloud-init.packages # for use_cloud_init: not within the time of a test
  need_tree package node.packages package-tools.packages # for tests/node/package.sh
  need_tree node node.packages
  export KGNODE_NODE_TREE=$tree
  for test in $(scripts tests/node); do
    name=$(basename "$test" .sh)
    echo "==> node test $name"
    run_script node "$kNodeLimit" "$name" "$test"
    # A test that was stopped could not clean up.
    tests/rig/cluster.sh down --name "t-$name" >/dev/null || record node "not ok $name left nodes behind"
  done
}

# need_peers: a node's tree with what kgnode is compared with; without them where they cannot be had, as the benchmark then says.
need_peers() {
  local plain=$tree
  need_tree bench node.packages bench.packages && [[ -d $tree ]] || tree=$plain
}

# run_bench FILE: those below tests/bench/node and tests/bench/vm start nodes and machines, the others have a network namespace of
# their own.
run_bench() {
  if [[ $1 == tests/bench/vm/* ]]; then
    need_machines
    need_tree stock-image stock-image.packages
    KGNODE_STOCK_TREE=$tree "$1"
  elif [[ $1 == tests/bench/node/* ]]; then
    need_tree node node.packages
    [[ $1 != */ban.sh ]] || need_peers
    KGNODE_NODE_TREE=$tree "$1"
  else
    inside tests/rig/isolate.sh "$1"
  fi
}

# need_machines: the disk image, and what runs it.
need_machines() {
  # shellcheck disable=SC2034 # for image.sh
  lock_is_advice=yes
  need_image
  need_tree vm vm.packages
  export KGNODE_VM_TREE=$tree
}

machine_tests= # names between blanks; all when it is empty

# For minutes each, and for a quarter of an hour on a busy machine: all is emulated.
tier_vm() {
  local test name
  need_machines
  for test in $(scripts tests/vm); do
    name=$(basename "$test" .sh)
    [[ -z ${machine_tests// /} || $machine_tests == *" $name "* ]] || continue
    echo "==> vm test $name"
    run_script vm "$kVmLimit" "$name" "$test"
    tests/rig/cluster.sh down --name "t-$name" >/dev/null || record vm "not ok $name left machines behind"
  done
}

# The OpenTofu module and the workflows, read by the libraries of a tree that no other tier needs.
tier_ovh() {
  local tools
  if [[ -n $all_tiers && -z ${KGNODE_LONG:-} ]]; then
    record ovh "skip ovh # Debian's Go packages take 460 MB and two minutes: ./dev test ovh, or ./dev test --long"
    return
  fi
  stage "build" ninja_build build kgnode
  need_tree hcl hcl.packages
  tools=$tree
  "$checkout/image/enter.sh" "$tools" "$checkout" tests/ovh/build.sh build/ovh-module ||
    { record ovh "not ok ovh the program that reads the module does not compile"; return; }
  run_script ovh "$kUnitLimit" module "$checkout/image/enter.sh" "$build_root" "$checkout" tests/ovh/module.sh
  run_script ovh "$kUnitLimit" tofu tests/ovh/tofu.sh
  run_script ovh "$kUnitLimit" workflows "$checkout/image/enter.sh" "$tools" "$checkout" python3 tests/ovh/workflows.py
}

# fuzz_one PROGRAM SECONDS: new inputs go to the cache, the corpus in the checkout is only read.
fuzz_one() {
  local program=$1 seconds=$2 target found corpus=()
  target=$(basename "$program")
  target=${target#fuzz-}
  found=$KGNODE_CACHE/fuzz/$target
  mkdir -p "$found"
  [[ ! -d tests/data/fuzz/$target ]] || corpus=("tests/data/fuzz/$target")
  inside "$program" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="build-sanitize/$target-" "$found" "${corpus[@]}"
}

tier_fuzz() {
  local program name log status seconds=2
  [[ -z ${KGNODE_LONG:-} ]] || seconds=300
  ! left_out fuzz "the fuzz targets, two seconds each" || return 0
  need_sanitized
  for program in $(programs 'build-sanitize/tests/fuzz-*'); do
    name=$(basename "$program") status=0
    log=$logs/fuzz-$name.log
    fuzz_one "$program" "$seconds" >"$log" 2>&1 </dev/null || status=$?
    judge fuzz "$name" 0 "$log" "$( ((status == 0)) && echo "ok $name" || echo "not ok $name (exit status $status)")"
  done
}

# Prints the closing line; fails when something failed or nothing ran.
# run_tiers TIER...: one after the other; in the default run the machine starts while nodes wait for each other.
run_tiers() {
  local tier beside=
  for tier; do
    if [[ $tier == node && -n $all_tiers && -z ${KGNODE_LONG:-} ]]; then
      stage "tier vm" tier_vm >"$logs/tier-vm.log" 2>&1 &
      beside=$!
    fi
    if [[ $tier == vm && -n $beside ]]; then
      wait "$beside" || record vm "not ok the tier ended early"
      cat "$logs/tier-vm.log"
    else
      stage "tier $tier" "tier_$tier"
    fi
  done
}

close_results() {
  local passed failed skipped
  passed=$(grep -c '^ok ' "$results" || true)
  failed=$(grep -c '^not ok ' "$results" || true)
  skipped=$(grep -c '^skip ' "$results" || true)
  ((passed + failed > 0)) || echo "dev: nothing was run" >&2
  if ((skipped > 0)); then
    echo "$passed passed, $failed failed, $skipped skipped"
  else
    echo "$passed passed, $failed failed"
  fi
  ((failed == 0 && passed > 0))
}
