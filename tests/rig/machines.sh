#!/bin/bash
# A developer's virtual machines: machines.sh up [--nodes N] | shell NODE [COMMAND...], each with --name NAME. cluster.sh removes them.
set -euo pipefail

die() {
  echo "dev: $*" >&2
  exit 1
}

cluster=vm
count=1
verb=${1:?}
shift
while [[ ${1:-} == --* ]]; do
  case $1 in
    --name) cluster=${2:?"--name needs a name"} ;;
    --nodes) count=${2:?"--nodes needs a number"} ;;
    *) die "vm $verb: unknown option '$1': there are --nodes N and --name NAME" ;;
  esac
  shift 2
done
[[ $cluster =~ ^[a-z0-9-]{1,20}$ ]] || die "--name: '$cluster' is not a name of lower-case letters, digits and dashes"
[[ $count =~ ^[1-4]$ ]] || die "--nodes: '$count' is not 1 to 4: a control plane, and workers"

# shellcheck source=tests/rig/cluster_lib.sh
source "$(dirname "$(readlink -f "$0")")/cluster_lib.sh"
# shellcheck source=tests/rig/vm_lib.sh
source "$rig/vm_lib.sh"

machines() {
  local number
  echo cp-1
  for ((number = 1; number < count; number++)); do echo "worker-$number"; done
}

show() {
  local option=
  [[ $cluster == vm ]] || option=" --name $cluster"
  echo
  echo "$1  vRack $(vrack_address "$1")  public $(public_address "$1")"
  vm_exec "$1" kgnode status || true
  echo "shell:   ./dev vm shell$option $1 COMMAND..."
  echo "console: $state/$1/console.log"
}

up() {
  local node names
  mapfile -t names < <(machines)
  if vm_is_up cp-1; then
    echo "==> they are running; for a new image: ./dev vm down && ./dev vm up"
  else
    remove_cluster
    trap 'trap "" INT TERM HUP; remove_cluster' EXIT
    trap 'exit 130' INT TERM HUP
    make_machines "${names[@]}"
    for node in "${names[@]}"; do
      stage "wait until $node is hardened (at most $kBootSeconds s)" wait_for "$kBootSeconds" vm_is_hardened "$node" ||
        die "$node is not hardened; its console: $(tail -n 20 "$state/$node/console.log")"
    done
    trap - EXIT INT TERM HUP
  fi
  for node in "${names[@]}"; do show "$node"; done
}

shell() {
  (($# > 1)) || die "vm shell: which machine, which command? for example: ./dev vm shell cp-1 kgnode status"
  vm_is_up "$1" || die "vm shell: machine '$1' is not running"
  vm_exec "$@"
}

case $verb in
  up | shell) "$verb" "$@" ;;
  *) die "unknown verb '$verb'" ;;
esac
