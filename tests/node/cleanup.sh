#!/bin/bash
# `./dev down` leaves nothing behind, also when `./dev up` was interrupted in the middle or killed.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

# left_behind: whatever on this machine belongs to the cluster of this test.
left_behind() {
  ls -d "/run/netns/kg-$cluster_id-"* "$state" 2>/dev/null || true
  losetup --list --noheadings --output NAME,BACK-FILE | grep -F "$state" || true
  pgrep -fa "supervise.sh .* $cluster_id" || true
  find /sys/fs/cgroup -name "kgnode-$cluster_id-*" 2>/dev/null || true
  grep -F "$state" /proc/mounts || true
}

nothing_left() {
  [[ -z $(left_behind | tee /dev/stderr) ]]
}

# start_up: `up` in the background, as a terminal would start it; a shell starts such jobs deaf to Ctrl-C.
start_up() {
  setsid env --default-signal=INT tests/rig/cluster.sh up --name "$cluster" --nodes 1+1 &
  up=$!
}

down() {
  tests/rig/cluster.sh down --name "$cluster"
}

up_interrupted() {
  start_up
  wait_for 60 is_up cp-1
  kill -s INT "$up"
  ! wait "$up"
}

up_killed() {
  start_up
  wait_for 60 is_up cp-1
  kill -s KILL "$up"
  wait "$up" || true
}

trap 'down >/dev/null' EXIT
check "an interrupted up fails" up_interrupted
check "an interrupted up removes what it has started" nothing_left
check "up can be killed" up_killed
check "down after a killed up" down
check "nothing is left of a killed up" nothing_left
check "down without a cluster" down
check "up works afterwards" tests/rig/cluster.sh up --name "$cluster" --nodes 1+0
check "a second up only looks" tests/rig/cluster.sh up --name "$cluster"
check "down of a running cluster" down
check "nothing is left of a running cluster" nothing_left
finish
