#!/bin/bash
# Three servers without any data start at random moments, are restarted and cut off on the way, and always become one cluster, never two.
# On the stand-in for K3s. 3 starts; with KGNODE_LONG 100 (a start takes 10 s and more). KGNODE_SEED=N repeats a run.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

readonly kServer=/var/lib/rancher/k3s/server
# K3s takes a learner that died out of the cluster after five minutes, and until then no other one comes in.
readonly kReadySeconds=480
rounds=$([[ -n ${KGNODE_LONG:-} ]] && echo 100 || echo 3)
rounds=${KGNODE_ROUNDS:-$rounds}
seed=${KGNODE_SEED:-$((SRANDOM % 32768))}
RANDOM=$seed
servers=(cp-1 cp-2 cp-3)

# tenths MOST: a random time, in seconds. Sets the variable delay: a subshell would not move the seed on.
tenths() { printf -v delay '%d.%d' "$((RANDOM % $1))" "$((RANDOM % 10))"; }

# forget NODE: as it was before its first start. The token, which a node that has joined has wiped, is given by the operator again.
forget() {
  local token
  token=$(sed -nE 's/^token = "(.*)"$/\1/p' <<<"$k3s_toml")
  # The agent first, and without its socket: it would start K3s again, and a question after its seat would start it.
  node_exec "$1" systemctl stop kgnode-seat.socket kgnode.service
  node_exec "$1" systemctl stop k3s.service
  node_exec "$1" sh -c 'rm -rf /var/lib/rancher/k3s /etc/rancher/* /var/lib/kgnode/k3s-ca /run/kgnode/k3s/*; journalctl --quiet --sync'
  node_exec "$1" sh -c 'umask 077 && cat >/var/lib/kgnode/secrets/k3s-token' <<<"$token"
  node_exec "$1" journalctl --quiet --lines=1 --output=json | in_build_root jq -r .__CURSOR >"$state/$1/cursor"
}

forget_all() {
  local node pids=() pid
  for node in "${servers[@]}"; do
    forget "$node" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || return 1; done
}

cable() { ip -n "$(netns net)" link set "$1.eth1" "$2"; }

# disturb NODE KIND
disturb() {
  case $2 in
    k3s) node_exec "$1" systemctl kill --signal=KILL k3s.service 2>/dev/null || true ;; # when it runs already
    agent) node_kill_agent "$1" 2>/dev/null || true ;;
    network)
      cable "$1" down
      tenths 4
      sleep "$delay"
      cable "$1" up
      ;;
  esac
}

# start_round: what it does to whom, and when, is printed.
start_round() {
  local node kinds=(k3s agent network) kind left count
  mapfile -t order < <(for node in "${servers[@]}"; do echo "$node"; done)
  # Fisher and Yates, by our own seed.
  for ((left = ${#order[@]} - 1; left > 0; left--)); do
    count=$((RANDOM % (left + 1)))
    node=${order[left]} order[left]=${order[count]} order[count]=$node
  done
  for node in "${order[@]}"; do
    tenths 4
    echo "  after $delay s $node starts"
    sleep "$delay"
    node_exec "$node" systemctl start --no-block kgnode.service
  done
  for ((left = RANDOM % 4; left > 0; left--)); do
    tenths 5
    node=${servers[RANDOM % 3]} kind=${kinds[RANDOM % 3]}
    echo "  after $delay s $kind of $node is disturbed"
    sleep "$delay"
    disturb "$node" "$kind"
  done
}

all_ready() {
  local node
  for node in "${servers[@]}"; do is_ready "$node" || return 1; done
}

etcd() {
  node_exec "$1" env ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 --cacert="$kServer/tls/etcd/server-ca.crt" \
    --cert="$kServer/tls/etcd/client.crt" --key="$kServer/tls/etcd/client.key" "${@:2}" --write-out=json
}

# identity NODE: which cluster it is in, by its CA and by its own etcd.
identity() {
  node_exec "$1" sha256sum "$kServer/tls/server-ca.crt"
  etcd "$1" endpoint status | in_build_root jq -c '.[0].Status.header.cluster_id'
  etcd "$1" member list | in_build_root jq -c '[.members[] | {ID, name, learner: (.isLearner // false)}] | sort_by(.name)'
}

is_one_cluster() {
  local first node
  first=$(identity cp-1)
  echo "$first"
  [[ $(tail -n 1 <<<"$first" | in_build_root jq '[.[] | select(.learner | not)] | length') == 3 ]] || return 1
  for node in cp-2 cp-3; do
    [[ $(identity "$node") == "$first" ]] || { identity "$node"; return 1; }
  done
}

# began_none: the servers that are not the first one have not even begun a cluster that is gone again.
began_none() {
  local node
  for node in cp-2 cp-3; do
    ! node_exec "$node" journalctl --quiet --unit=k3s.service --output=cat --after-cursor="$(cat "$state/$node/cursor")" |
      grep -F "Managed etcd cluster initializing" || return 1
  done
}

if [[ -z ${KGNODE_LONG:-} ]]; then
  skip "k3s-cold-starts" "takes minutes: ./dev test node --long"
  exit 0
fi
use_k3s_standin
begin_cluster 3 0
check_within 300 "three servers are ready" all_ready
echo "  seed $seed: KGNODE_SEED=$seed repeats these starts"
slowest=0
for ((round = 1; round <= rounds; round++)); do
  check "start $round (seed $seed): nothing of a cluster is left" forget_all
  began=$SECONDS
  start_round
  check_within "$kReadySeconds" "start $round (seed $seed): all three are ready" all_ready
  ((SECONDS - began <= slowest)) || slowest=$((SECONDS - began))
  check "start $round (seed $seed): in one cluster" is_one_cluster
  check "start $round (seed $seed): which only the first server began" began_none
done
echo "figure cold starts of three servers: $rounds, each one cluster; the slowest took $slowest s, its delays included (stand-in for K3s)"
finish
