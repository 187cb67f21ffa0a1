#!/bin/bash
# For shell tests: result lines, deadlines, a cluster that goes away with the test. To be sourced.
#
#   source tests/rig/lib.sh
#   start_cluster 1 1                         nodes cp-1 and worker-1, hardened (or the test ends here)
#   check "the vRack works" node_exec cp-1 ping -c1 10.0.0.21
#   finish
set -euo pipefail

failed=0

ok() { echo "ok $1"; }
skip() { echo "skip $1 # $2"; }
not_ok() {
  echo "not ok $1"
  failed=$((failed + 1))
}

# check NAME COMMAND...: one result from the exit status of a command; what it prints goes to the log.
check() {
  local name=$1
  shift
  if "$@" 2>&1 | sed 's/^/  /'; then ok "$name"; else not_ok "$name"; fi
}

# check_within SECONDS NAME COMMAND...: the same for something that becomes true.
check_within() {
  local seconds=$1 name=$2
  shift 2
  if wait_for "$seconds" "$@" >/dev/null 2>&1; then ok "$name"; else not_ok "$name (not within $seconds s)"; fi
}

finish() {
  ((failed == 0))
}

cluster=t-$(basename "$0" .sh)
# shellcheck source=tests/rig/cluster_lib.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/cluster_lib.sh"

# use_cloud_init: nodes prepared from now on are as stock Debian cloud images; makes that tree when it is not there.
use_cloud_init() {
  KGNODE_NODE_TREE=$("$checkout/image/tree.sh" cloud "$checkout/image/node.packages" "$checkout/image/cloud-init.packages")
  seed_cloud_init=yes
}

# use_stock: the one node of this test is a stock Debian cloud instance without agent, on a root of its own.
use_stock() {
  use_cloud_init
  root_tree=$checkout/tests/rig/stock-tree.sh
  export writable_root=yes
}

# use_k3s_standin [VERSION]: the nodes' root tree has a stand-in as K3s; makes its packages' tree when it is not there.
# shellcheck disable=SC2120 # the version may be left out
use_k3s_standin() {
  KGNODE_NODE_TREE=$("$checkout/image/tree.sh" k3s-standin "$checkout/image/node.packages" "$checkout/image/k3s-standin.packages")
  k3s_standin=${1:-$kStandinVersion}
  k3s_toml=$(k3s_token_toml)
}

# begin_cluster CONTROL_PLANES WORKERS: nodes that boot, and are removed with the test.
begin_cluster() {
  trap 'end_cluster' EXIT
  trap 'exit 130' INT TERM HUP
  remove_cluster
  make_cluster "$1" "$2"
}

# start_cluster CONTROL_PLANES WORKERS [SECONDS]: waits until all nodes are hardened.
start_cluster() {
  local node
  begin_cluster "$1" "$2"
  for node in $(nodes); do
    if wait_for "${3:-300}" is_hardened "$node"; then
      ok "$node is hardened"
    else
      not_ok "$node is hardened (not within ${3:-300} s)"
      node_exec "$node" journalctl -b --no-pager -n 80 || true
      exit 1
    fi
  done
}

end_cluster() {
  local status=$?
  trap '' INT TERM HUP
  remove_cluster
  exit "$status"
}

# ssh_to FROM NODE COMMAND...: as the operator, from a machine of the rig.
ssh_to() {
  local from=$1 node=$2
  shift 2
  in_netns "$from" ssh -i "$state/key" -o BatchMode=yes -o ConnectTimeout=4 -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "admin@$(public_address "$node")" "$@"
}

# closed FROM ADDRESS PORT: no TCP connection.
closed() { ! in_netns "$1" timeout 3 bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null; }

# status_says NODE FILTER: whether this jq expression is true of the status.
status_says() {
  node_exec "$1" kgnode status -o json | in_build_root jq -e "$2" >/dev/null
}

# node_start NODE NAME COMMAND...: in the background of a node; what it prints is /var/tmp/NAME.log there. Never node_exec with "&": when
# the node is shut down nsenter is stopped with its child, and each waits for the other.
node_start() {
  node_exec "$1" systemd-run --quiet --collect --expand-environment=no --unit="$2" --property="StandardOutput=file:/var/tmp/$2.log" "${@:3}"
}
node_runs() { node_exec "$1" systemctl --quiet is-active "$2"; }
node_is_done() { ! node_runs "$@"; }

# node_kill_agent NODE: without a chance to say good-bye.
node_kill_agent() {
  node_exec "$1" systemctl kill --kill-whom=main --signal=KILL kgnode.service
}
