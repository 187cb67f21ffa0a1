#!/bin/bash
# Snapshots of a server on the stand-in for K3s: proven, found when they rot, restored, and a restore that is killed at each step.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

readonly kFolder=/var/lib/rancher/k3s/server/db/snapshots
readonly kRecord=/var/lib/kgnode/k3s-restore.json
cp1() { node_exec cp-1 "$@"; }
kubectl() { cp1 k3s kubectl "$@" 2>/dev/null; }
# What is written is a label of the node.
put() { kubectl label node cp-1 "$1=yes" >/dev/null; }
has() { kubectl get node cp-1 -o json | in_build_root jq -e ".metadata.labels[\"$1\"] == \"yes\"" >/dev/null; }
has_not() { kubectl get node cp-1 -o json | in_build_root jq -e ".metadata.labels | has(\"$1\") | not" >/dev/null; }
answers() { kubectl get --raw /readyz >/dev/null; }
# list FILTER: of what is known of snapshots.
list() { cp1 kgnode k3s snapshots -o json | in_build_root jq -er "$1"; }
is_proven() { list ".snapshots[] | select(.name == \"$1\") | .proven and .hash_ok and .token == \"fits\" and .revision > 0" >/dev/null; }
doctor() { { cp1 kgnode doctor -o json || true; } | in_build_root jq -er "$1"; }
says() { [[ $(doctor ".checks[] | select(.id == \"$1\") | .outcome") == "$2" ]]; }
# Everything that a restore could change; of K3s' log folders and databases the names only.
state() { cp1 sh -c "systemctl show k3s.service -p MainPID; ls /var/lib/rancher/k3s/server/db /var/lib/rancher/k3s/server; sha256sum /etc/rancher/k3s/config.yaml; ls $kRecord /var/lib/kgnode/k3s-reset 2>&1; true"; }
at_step() { [[ $(cp1 sed -nE 's/.*"step":"([a-z]+)".*/\1/p' "$kRecord" 2>/dev/null) == "$1" ]]; }
is_over() { cp1 grep -q '"step":"ready","done":true' "$kRecord"; }
restore() { cp1 kgnode k3s restore "$@"; }
kept() { cp1 sh -c 'ls -d /var/lib/rancher/k3s/server/db/etcd-old-* 2>/dev/null | wc -l'; }

# kill_at STEP: begins a restore and kills it when its record says so.
kill_at() {
  cp1 rm -f "$kRecord"
  node_start cp-1 restore-"$1" kgnode k3s restore "$snapshot"
  # Steps that are over in an instant may be seen too late: then it is killed in the next one.
  for ((tries = 0; tries < 2000; ++tries)); do
    ! at_step "$1" || break
    ! is_over 2>/dev/null || break
  done
  cp1 systemctl kill --signal=KILL "restore-$1.service" 2>/dev/null || true
}

use_k3s_standin
begin_cluster 1 0
check_within 300 "cp-1 is ready" is_ready cp-1
check "the snapshots are looked at every 10 minutes" cp1 systemctl --quiet is-active kgnode-snapshot.timer
check "without a key of the operator the doctor misses a token that is kept" says k3s.snapshot.token fail

key=$(cp1 kgnode k3s snapshot-key --out /run/operator.key)
check "the operator's key is not overwritten" cp1 sh -c '! kgnode k3s snapshot-key --out /run/operator.key'
check "and is the operator's alone" test "$(cp1 stat -c %a /run/operator.key)" = 600
cp1 sh -c "printf '[k3s.snapshots]\noperator_key = \"%s\"\n' '$key' >>/etc/kgnode/node.toml"

check "something is written before the snapshot" put before
taken=$(cp1 kgnode k3s snapshot || true)
echo "  $taken"
snapshot=${taken%% *}
check "a snapshot is taken and proven at once" test "$taken" != "${taken/is taken and proven restorable/}"
check "the list says so" is_proven "$snapshot"
check "and the doctor" says k3s.snapshot.newest pass
check "something is written after it" put after
token() { cp1 kgnode k3s open-token "/var/lib/kgnode/k3s-tokens/$snapshot.sealed" --key /run/operator.key; }
check "the server token is sealed beside the proof" test "$(token)" = "$(cp1 cat /var/lib/rancher/k3s/server/token)"
check "which the doctor sees" says k3s.snapshot.token pass
check "its file is not readable by others" test "$(cp1 stat -c %a "/var/lib/kgnode/k3s-tokens/$snapshot.sealed")" = 600

broken=${snapshot%-*}-1700000000
cp1 cp "$kFolder/$snapshot" "$kFolder/$broken"
cp1 systemctl start kgnode-snapshot.service
check "a copy is proven too" is_proven "$broken"
cp1 sh -c "printf '\\001' | dd of=$kFolder/$broken bs=1 seek=5000 conv=notrunc status=none"
cp1 systemctl start kgnode-snapshot.service
check "a byte that changed is found at the next look" list ".snapshots[] | select(.name == \"$broken\") | (.proven or .hash_ok) == false"
check "and named by the doctor" says "k3s.snapshot.$broken" fail
check "it is not restored" cp1 sh -c "! kgnode k3s restore $broken"
check "it is there to be looked at" cp1 test -e "$kFolder/$broken"
check "a token of another cluster is refused" cp1 sh -c "echo another >/run/token; ! kgnode k3s restore $snapshot --token-file /run/token"

before=$(state)
check "a dry run shows the plan" cp1 sh -c "kgnode k3s restore $snapshot --dry-run | grep -q cluster-reset-restore-path=$kFolder/$snapshot"
check "and changes nothing" test "$(state)" = "$before"

check "the snapshot is restored" restore "$snapshot"
check "what was written before it is there" has before
check "what was written after it is not" has_not after
check "the database that there was is kept" test "$(kept)" = 1
check_within 120 "the node is ready again" is_ready cp-1
check "the configuration is as it was" cp1 sh -c '! kgnode plan | grep -q config.yaml'

steps=(reset)
[[ -z ${KGNODE_LONG:-} ]] || steps=(stop configure reset start ready)
for step in "${steps[@]}"; do
  put "after-$step" || not_ok "something is written before the restore that is killed at $step"
  before=$(kept)
  kill_at "$step"
  check "killed at $step, the same command finishes" restore "$snapshot"
  check "killed at $step: the data is the snapshot's" has before
  check "killed at $step: and nothing later" has_not "after-$step"
  check "killed at $step: the database that there was is kept" test "$(kept)" -gt "$before"
  check_within 60 "killed at $step: the API answers" answers
done

check "a server with the restored data does not give it up" cp1 sh -c '! kgnode k3s rejoin --confirm cp-1'
cp1 rm -f "$kRecord"
check "nor one that has no other server to join" cp1 sh -c '! kgnode k3s rejoin --confirm cp-1'
check "another name is refused" cp1 sh -c '! kgnode k3s rejoin --hold --confirm cp-2'
check "K3s is held" cp1 kgnode k3s rejoin --hold --confirm cp-1
is_held() { cp1 kgnode k3s status -o json | in_build_root jq -e '.cause == "restore" or .trouble.cause == "restore"' >/dev/null; }
check_within 30 "the agent says why it does not start K3s" is_held
check "and does not" cp1 sh -c '! systemctl --quiet is-active k3s.service'
cp1 rm -f "$kRecord"
check_within 120 "without the record it starts K3s again" is_ready cp-1
finish
