#!/bin/bash
# A developer's cluster of nodes on this machine, each with --name NAME:
# cluster.sh up [--nodes CP+W] [--k3s PATH] | check, with the same options: are they right | down | shell NODE [COMMAND...]
set -euo pipefail

die() {
  echo "dev: $*" >&2
  exit 1
}

# A real K3s unpacks its images first; six nodes on two cores need two minutes with the stand-in.
readonly kReadySeconds=600
cluster=dev
shape=1+1
k3s=
arguments=()
verb=${1:?}
shift
while (($#)); do
  case $1 in
    --name) cluster=${2:?"--name needs a name"}; shift 2 ;;
    --nodes) shape=${2:?"--nodes needs a number of control planes and workers, such as 3+1"}; shift 2 ;;
    --k3s) k3s=${2:?"--k3s needs the path of a K3s binary"}; shift 2 ;;
    -*) die "$verb: unknown option '$1': there are --nodes CP+W, --k3s PATH and --name NAME" ;;
    *) arguments=("$@"); break ;;
  esac
done
[[ $cluster =~ ^[a-z0-9-]{1,20}$ ]] || die "--name: '$cluster' is not a name of lower-case letters, digits and dashes"
[[ $shape =~ ^([1-3])\+([0-3])$ ]] || die "--nodes: '$shape' is not CP+W with 1 to 3 control planes and 0 to 3 workers"

# check_k3s FILE: a program for this machine that says it is K3s.
check_k3s() {
  local says
  [[ -f $1 && -x $1 ]] || die "--k3s: '$1' is no executable file"
  [[ $(head -c 4 "$1" | od -An -c | tr -d ' ') == '177ELF' ]] ||
    die "--k3s: '$1' is no ELF program: give the k3s binary of a release, for this machine's processor"
  says=$(timeout 60 "$1" --version </dev/null 2>&1 | head -n 1) || true
  [[ $says == "k3s version "* ]] || die "--k3s: '$1 --version' does not answer as K3s does, but: '${says:0:80}'"
}

if [[ -n $k3s ]]; then
  [[ $k3s == /* ]] || k3s=${started_in:-$PWD}/$k3s
  check_k3s "$k3s"
fi

# shellcheck source=tests/rig/cluster_lib.sh
source "$(dirname "$(readlink -f "$0")")/cluster_lib.sh"

name_option=
[[ $cluster == dev ]] || name_option=" --name $cluster"
k3s_toml=$(k3s_token_toml)
# XFS mounts no UUID twice, and nodes of one name have one UUID: those of a test, or of another cluster, run on the same kernel.
storage_toml='file_system = "ext4"'
if [[ -n $k3s ]]; then k3s_binary=$k3s; else k3s_standin=$kStandinVersion; fi

is_running() {
  local node
  for node in $(nodes); do
    ! is_up "$node" || return 0
  done
  return 1
}

show_node() {
  echo
  echo "$1  vRack $(vrack_address "$1")  public $(public_address "$1") $(public_address6 "$1")"
  if has_agent; then
    # How it is and its domains; findings and changes are many.
    { node_exec "$1" kgnode status || true; } | awk '/^$/ { parts++ } parts < 2'
  else
    echo "system: $(node_exec "$1" systemctl is-system-running || true)"
  fi
  echo "shell:  ./dev shell-node$name_option $1"
  echo "ssh:    sudo ip netns exec $(netns admin) ssh -i $state/key -o UserKnownHostsFile=$state/known_hosts admin@$(public_address "$1")"
}

show() {
  local node
  for node in $(nodes); do
    show_node "$node"
  done
}

# show_times: per node, from the start of its process 1.
show_times() {
  local node
  echo
  echo "from the start of each node:"
  for node in $(nodes); do
    echo "  $node  $(node_exec "$node" kgnode status | sed -n 's/^reached *//p')"
  done
}

show_k3s() {
  if [[ -n $k3s ]]; then
    echo "==> K3s: $("$k3s" --version | head -n 1)"
  else
    echo "==> K3s: a stand-in (tests/k3s-standin), which is no K3s: its control plane answers, no container runs; a real one: --k3s PATH"
  fi
}

# wait_for_all: the array late has the nodes that did not get there.
wait_for_all() {
  local node end=$((SECONDS + kReadySeconds))
  late=()
  for node in $(nodes); do
    wait_for $((end - SECONDS)) is_ready "$node" || late+=("$node")
  done
}

show_late() {
  local node
  for node in "${late[@]}"; do
    echo
    echo "$node is not ready: kgnode k3s status"
    node_exec "$node" kgnode k3s status || true
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
  show_k3s
  make_cluster "${shape%+*}" "${shape#*+}"
  stage "wait until they are ready (at most $kReadySeconds s)" wait_for_all
  trap - EXIT INT TERM HUP
  show
  show_times
  if ((${#late[@]})); then
    show_late
    die "not ready after $kReadySeconds s: ${late[*]}; look: ./dev shell-node${name_option} ${late[0]} kgnode k3s diagnose"
  fi
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
  check) ;;
  up | down | shell) "$verb" ;;
  *) die "unknown verb '$verb'" ;;
esac
