#!/bin/bash
# What is to be typed when nodes are lost, and how long it takes, on the stand-in for K3s: each command is the one that the agent names.
# By default a worker and a control plane are lost; with KGNODE_LONG also two control planes of three, and all nodes.
# (A snapshot that rots is found by the next look: k3s-snapshots.sh.)
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

readonly kOutside=build/t-k3s-recovery # the operator's own machine, which keeps its key and copies of snapshots

kubectl() { node_exec "$1" k3s kubectl "${@:2}" 2>/dev/null; }
# What is written is a label of a node.
put() { kubectl "$1" label node cp-2 "$2=yes" >/dev/null; }
has() { kubectl "$1" get node cp-2 -o json | in_build_root jq -e ".metadata.labels[\"$2\"] == \"yes\"" >/dev/null; }
has_not() { kubectl "$1" get node cp-2 -o json | in_build_root jq -e ".metadata.labels | has(\"$2\") | not" >/dev/null; }
k3s_status() { node_exec "$1" kgnode k3s status -o json | in_build_root jq -r "$2"; }
remedy_says() { [[ "$(k3s_status "$1" .remedy)" == *"$2"* ]]; }
all_ready() {
  local node
  for node in "$@"; do is_ready "$node" || return 1; done
}
counts_ready() { [[ $(kubectl "$1" get nodes | grep -cE '^(cp|worker)-[0-9] +Ready') == "$2" ]]; }

# lose NODE...: the machines end without warning, and their disks are gone.
lose() {
  local node link
  for node in "$@"; do
    power_cut "$node"
    # Its kernel is ours, and would still say that nothing listens there.
    for link in eth0 eth1; do ip -n "$(netns net)" link del "$node.$link"; done
    detach "$node/disk.img" "$node/drive.iso"
    rm -rf --one-file-system "${state:?}/$node"
  done
}

# replace NODE...: new machines, of the same names and addresses, with the same user data.
replace() {
  local node
  for node in "$@"; do
    prepare_node "$node"
    start_node "$node"
  done
}

# A server whose password the cluster had not yet, or no more, is let in by itself.
is_in_or_asks() { is_ready "$1" || remedy_says "$1" "k3s kubectl"; }

# readmit SERVER NODE: types on the server the one command that the agent of a new machine names.
readmit() {
  local told command
  wait_for 180 is_in_or_asks "$2" || { k3s_status "$2" .; return 1; }
  told=$(k3s_status "$2" .remedy)
  [[ $told != null ]] || { echo "$2 is ready by itself"; return; }
  echo "$2 says: $told"
  command=$(grep -oE 'k3s kubectl (delete node|-n kube-system delete secret) [^ ;]+' <<<"$told")
  # shellcheck disable=SC2086 # its words
  node_exec "$1" ${command/NAME/"$2"}
}

begin() { began=${EPOCHREALTIME/./}; }
seconds() { awk -v micro="$((${EPOCHREALTIME/./} - began))" 'BEGIN { printf "%.1f", micro / 1e6 }'; }
figure() { echo "figure recovery $1: $(seconds) s (stand-in for K3s; target $2)"; }

worker_is_lost() {
  begin
  lose worker-1
  replace worker-1
  check "the agent of a new worker says why the old name is taken, and what to type" readmit cp-1 worker-1
  check_within 120 "a worker of the same name is ready" is_ready worker-1
  figure "a worker is lost, a new machine joins" "RTO 5 min"
  check_within 60 "and the cluster is the one that it was" counts_ready cp-1 4
}

# The first of the servers, which is the one that could begin another cluster.
server_is_lost() {
  put cp-2 before-loss || not_ok "something is written before a server is lost"
  begin
  lose cp-1
  check_within 60 "with one server of three lost, writes go on" put cp-2 during-loss
  figure "one control plane of three is lost, until a write on another one works" "RTO 1 min"
  check "nothing that was written is lost" has cp-2 before-loss
  begin
  replace cp-1
  check "the agent of a new first server begins no cluster and says what to type" readmit cp-2 cp-1
  check_within 180 "a server of the same name and address is ready" is_ready cp-1
  figure "a new control plane, from its start to ready" "MTTR 30 min"
  check_within 60 "the cluster has its nodes again" counts_ready cp-3 4
  check "with what was written meanwhile" has cp-1 during-loss
}

# take_snapshot NODE: prints its name.
take_snapshot() {
  local taken
  taken=$(node_exec "$1" kgnode k3s snapshot)
  echo "${taken%% *}"
}

two_servers_are_lost() {
  local snapshot
  put cp-2 before-snapshot || not_ok "something is written before the snapshot"
  snapshot=$(take_snapshot cp-1)
  put cp-2 after-snapshot || not_ok "something is written after the snapshot"
  begin
  lose cp-2 cp-3
  check "a restore while the others cannot be heard is refused, and says how to go on" \
    node_exec cp-1 sh -c "kgnode k3s restore $snapshot 2>&1 | tee /dev/stderr | grep -q -e 'then add --others-are-stopped'"
  check "the survivor is restored from its newest snapshot" node_exec cp-1 kgnode k3s restore "$snapshot" --others-are-stopped
  figure "two control planes of three are lost, until the survivor answers again" "RTO 1 h"
  check "with what was written before the snapshot" has cp-1 before-snapshot
  check "and without what was written after it" has_not cp-1 after-snapshot
  replace cp-2 cp-3
  check "the agent of the second server says what to type" readmit cp-1 cp-2
  check "and that of the third" readmit cp-1 cp-3
  check_within 240 "all three are ready" all_ready cp-1 cp-2 cp-3
  figure "two control planes of three are lost, until three are ready" "RTO 1 h"
  check_within 120 "with the worker, which nobody touched" counts_ready cp-2 4
}

# Its copies are of snapshot and sealed token; the new machines know nothing of the cluster that there was.
all_are_lost() {
  local snapshot
  put cp-2 kept-outside || not_ok "something is written before the last snapshot"
  snapshot=$(take_snapshot cp-2)
  cp "$state/cp-2/var/lib/rancher/k3s/server/db/snapshots/$snapshot" "$state/cp-2/var/lib/kgnode/k3s-tokens/$snapshot.sealed" "$kOutside"
  put cp-2 too-late || not_ok "something is written after the last snapshot"
  begin
  lose cp-1 cp-2 cp-3 worker-1
  replace cp-1
  check_within 120 "a first server that is alone begins no cluster" remedy_says cp-1 "take it off k3s.servers"
  check "the operator's key opens the token" open_token "$snapshot"
  cp "$kOutside/$snapshot" "$kOutside/token" "$state/cp-1/var/tmp/"
  check "the new machine is restored from the copy" \
    node_exec cp-1 kgnode k3s restore "/var/tmp/$snapshot" --token-file /var/tmp/token --others-are-stopped
  check_within 120 "and is ready" is_ready cp-1
  figure "all nodes are lost, until a new server answers with the newest snapshot" "RTO 2 h"
  check "with what was written before the snapshot" has cp-1 kept-outside
  check "and without what was written after it" has_not cp-1 too-late
  replace cp-2 cp-3 worker-1
  for node in cp-2 cp-3 worker-1; do
    check "the agent of $node says what to type" readmit cp-1 "$node"
  done
  check_within 300 "all nodes are ready" all_ready cp-1 cp-2 cp-3 worker-1
  figure "all nodes are lost, until three servers and a worker are ready" "RTO 2 h"
  check "in one cluster" counts_ready cp-3 4
}

operator() { in_build_root build/kgnode k3s "$@"; }
open_token() { (umask 077 && operator open-token "$kOutside/$1.sealed" --key "$kOutside/key" >"$kOutside/token"); }

rm -rf "$kOutside"
mkdir -p "$kOutside"
storage_toml='file_system = "ext4"' # as XFS it could not be mounted beside another cluster's worker-1
use_k3s_standin
k3s_toml+=$'\n[k3s.snapshots]\noperator_key = "'$(operator snapshot-key --out "$kOutside/key")'"'
begin_cluster 3 1
for node in $(nodes); do
  check_within 300 "$node is ready" is_ready "$node"
done
drills=(worker_is_lost server_is_lost)
[[ -z ${KGNODE_LONG:-} ]] || drills+=(two_servers_are_lost all_are_lost)
for drill in ${KGNODE_DRILLS:-"${drills[@]}"}; do
  "$drill"
done
rm -rf "$kOutside"
finish
