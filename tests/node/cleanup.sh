#!/bin/bash
# `./dev down` leaves nothing behind, also when `./dev up` was interrupted in the middle or killed.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

# groups: control groups of this cluster; seen in the tree of cgroup2, wherever the host has its own.
groups() {
  unshare --mount --propagation private bash -c '
    mount -t cgroup2 cgroup2 /mnt
    find /mnt -type d -name "kgnode-$1-*"' - "$cluster_id"
}

# processes: of this cluster by their control group, their mounts or their command line.
processes() {
  {
    grep -lE "/kgnode-$cluster_id-" /proc/[0-9]*/cgroup
    grep -lF "$state/" /proc/[0-9]*/mountinfo
  } 2>/dev/null | cut -d/ -f3 | sort -u
  pgrep -f "supervise.sh .* $cluster_id|systemd-nspawn .*$state/" || true
}

# left_behind: whatever on this machine belongs to the cluster of this test.
left_behind() {
  local pid
  ls -d "/run/netns/kg-$cluster_id-"* "$state" 2>/dev/null || true
  losetup --list --noheadings --output NAME,BACK-FILE | grep -F "$state" || true
  for pid in $(processes); do
    echo "process $pid $(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline")"
  done
  groups
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

is_seen() { [[ -n $(left_behind) && -n $(groups) && -n $(processes) ]]; }
tree_begun() { [[ -d $state/tree/usr ]]; }
network_begun() { [[ -e /run/netns/$(netns net) ]]; }
node_runs() { is_up cp-1; }

# up_interrupted MOMENT: as Ctrl-C does it, which all processes of the terminal's job get.
up_interrupted() {
  start_up
  wait_for 60 "$1"
  kill -s INT -- "-$up"
  ! wait "$up"
}

up_killed() {
  start_up
  wait_for 60 is_up cp-1
  kill -s KILL "$up"
  wait "$up" || true
}

use_k3s_standin
export KGNODE_NODE_TREE
trap 'down >/dev/null' EXIT
for moment in tree_begun network_begun node_runs; do
  check "an up interrupted when $moment fails" up_interrupted "$moment"
  check "and removes what it has begun" nothing_left
done
check "up can be killed" up_killed
check "this test sees what is left of it" is_seen
check "down after a killed up" down
check "nothing is left of a killed up" nothing_left
check "down without a cluster" down
check "up works afterwards" tests/rig/cluster.sh up --name "$cluster" --nodes 1+0
check "a second up only looks" tests/rig/cluster.sh up --name "$cluster"
check "down of a running cluster" down
check "nothing is left of a running cluster" nothing_left
finish
