#!/bin/bash
# A developer's cluster of nodes on this machine: cluster.sh up [--nodes CP+W] | down | shell NODE [COMMAND...], each with --name NAME
set -euo pipefail

die() {
  echo "dev: $*" >&2
  exit 1
}

readonly kReadySeconds=120
cluster=dev
shape=1+1
arguments=()
verb=${1:?}
shift
while (($#)); do
  case $1 in
    --name) cluster=${2:?"--name needs a name"}; shift 2 ;;
    --nodes) shape=${2:?"--nodes needs a number of control planes and workers, such as 3+1"}; shift 2 ;;
    -*) die "$verb: unknown option '$1': there are --nodes CP+W and --name NAME" ;;
    *) arguments=("$@"); break ;;
  esac
done
[[ $cluster =~ ^[a-z0-9-]{1,20}$ ]] || die "--name: '$cluster' is not a name of lower-case letters, digits and dashes"
[[ $shape =~ ^([1-3])\+([0-3])$ ]] || die "--nodes: '$shape' is not CP+W with 1 to 3 control planes and 0 to 3 workers"

# shellcheck source=tests/rig/cluster_lib.sh
source "$(dirname "$(readlink -f "$0")")/cluster_lib.sh"

is_running() {
  local node
  for node in $(nodes); do
    ! is_up "$node" || return 0
  done
  return 1
}

show_node() {
  local name=
  [[ $cluster == dev ]] || name=" --name $cluster"
  echo
  echo "$1  vRack $(vrack_address "$1")  public $(public_address "$1") $(public_address6 "$1")"
  if has_agent; then
    node_exec "$1" kgnode status || true
  else
    echo "system: $(node_exec "$1" systemctl is-system-running || true)"
  fi
  echo "shell:  ./dev shell-node$name $1"
  echo "ssh:    sudo ip netns exec $(netns admin) ssh -i $state/key -o UserKnownHostsFile=$state/known_hosts admin@$(public_address "$1")"
}

show() {
  local node
  for node in $(nodes); do
    show_node "$node"
  done
}

# wait_for_all: the array late has the nodes that did not get there.
wait_for_all() {
  local node end=$((SECONDS + kReadySeconds))
  late=()
  for node in $(nodes); do
    wait_for $((end - SECONDS)) is_hardened "$node" || late+=("$node")
  done
}

up() {
  local start=$SECONDS late
  if is_running; then
    echo "==> cluster '$cluster' is running; for a new build: ./dev down && ./dev up"
    show
    return
  fi
  remove_cluster
  trap 'interrupted' EXIT
  trap 'exit 130' INT TERM HUP
  make_cluster "${shape%+*}" "${shape#*+}"
  stage "wait until they are hardened (at most $kReadySeconds s)" wait_for_all
  trap - EXIT INT TERM HUP
  show
  echo
  ((${#late[@]} == 0)) || die "not hardened after $kReadySeconds s: ${late[*]}; look: ./dev shell-node ${late[0]} journalctl -b"
  echo "==> cluster '$cluster' is up: $((SECONDS - start)) s"
}

interrupted() {
  echo "==> not started, removing what is there" >&2
  trap '' INT TERM HUP
  remove_cluster
}

down() {
  remove_cluster
  echo "==> cluster '$cluster' is down"
}

shell() {
  local node=${arguments[0]:-}
  [[ -n $node ]] || die "shell-node: which node? there are: $(nodes | paste -sd' ')"
  is_up "$node" || die "shell-node: node '$node' is not running; running are: $(nodes | paste -sd' ')"
  if ((${#arguments[@]} > 1)); then
    node_exec "$node" "${arguments[@]:1}"
  else
    node_exec "$node" bash -l
  fi
}

case $verb in
  up | down | shell) "$verb" ;;
  *) die "unknown verb '$verb'" ;;
esac
