#!/bin/bash
# What a node finds of itself is on its Node, as conditions and events, on the stand-in for K3s: with its cause, and gone after the repair;
# through a silence of the API, a restart and an end of the agent.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

kubectl() { node_exec cp-1 k3s kubectl "$@" 2>/dev/null; }
# node_is NODE FILTER: whether this jq expression is true of the Node; with c(TYPE) for a condition.
node_is() {
  kubectl get node "$1" -o json |
    in_build_root jq -e "def c(\$type): .status.conditions[] | select(.type == \$type); $2" >/dev/null
}
has() { node_is "$1" "c(\"$2\").status == \"$3\""; }
changed_at() { kubectl get node "$1" -o json | in_build_root jq -r ".status.conditions[] | select(.type == \"$2\") | .lastTransitionTime"; }
# event NODE REASON FILTER: whether the Node has one, of which the expression is true.
event() {
  kubectl get events -o json |
    in_build_root jq -e "any(.items[]; .involvedObject.name == \"$1\" and .reason == \"$2\" and ($3))" >/dev/null
}
no_event() { ! event "$1" "$2" true; }
events_of() { kubectl get events -o json | in_build_root jq "[.items[] | select(.involvedObject.name == \"$1\" and .source.component == \"kgnode\")] | length"; }
says() { [[ $({ node_exec "$1" kgnode doctor -o json || true; } | in_build_root jq -r ".checks[] | select(.id == \"k3s.conditions\") | .outcome") == "$2" ]]; }
tells() { node_exec "$1" journalctl -u kgnode-k3s-tell --no-pager -o cat | grep -c '^Starting' || true; }
break_unit() { node_exec "$1" systemd-run --quiet --unit="$2" false 2>/dev/null || true; }
mend_unit() { node_exec "$1" systemctl reset-failed "$2.service"; }
quick() { node_exec "$1" sh -c 'timeout 5 kgnode status >/dev/null'; }
stopped() { node_is "$1" '([.status.conditions[] | select(.reason == "AgentStopped") | .type] | length) >= 8'; }
none_stopped() { node_is "$1" 'all(.status.conditions[]; .reason != "AgentStopped")'; }

refused() { ! "$@" 2>/dev/null; }
release() { node_exec "$1" kgnode release >/dev/null; }
only_others() { node_is "$1" '[.status.conditions[].type] | contains(["Ready", "Foreign"]) and all(.[]; test("^(Node|Service|Storage|Network|Hardening)(Problem|Degraded)$") | not)'; }
# As its package does when it is removed, after the operator has stopped K3s, which the data disk demands.
check_release() {
  node_exec worker-1 systemctl stop kgnode-seat.socket kgnode-http.socket kgnode.service
  if node_exec worker-1 mountpoint --quiet /var/lib/longhorn; then
    check "while K3s is on the data disk nothing is given back" refused release worker-1
    check "and the conditions stay" has worker-1 ServiceProblem False
  fi
  node_exec worker-1 systemctl stop k3s-agent.service
  check "the node is given back" release worker-1
  check_within 60 "which takes its conditions off the Node, and nobody else's" only_others worker-1
}

use_k3s_standin
begin_cluster 1 1
for node in $(nodes); do
  check_within 300 "$node is ready" is_ready "$node"
  check_within 60 "$node has told its conditions" has "$node" ServiceProblem False
  check "$node: its phase is one of them" has "$node" NodeDegraded False
  check "$node: so are its network and hardening" node_is "$node" 'c("NetworkProblem").status == "False" and c("HardeningProblem").status == "False"'
  check "$node: each says why, and when it was looked at" node_is "$node" 'c("NetworkProblem") | .reason == "NoNetworkProblem" and
    (.message | contains("health.interface")) and (.lastHeartbeatTime | fromdate) > now - 600'
  check "$node: the kubelet's own are as they were" has "$node" Ready True
  check_within 30 "$node: the doctor says that the cluster is told" says "$node" pass
done
check "a server tells of its snapshots" node_is cp-1 'c("SnapshotProblem").status != "False" or c("SnapshotProblem").reason == "NoSnapshotProblem"'
check "a worker has none to tell of" node_is worker-1 'all(.status.conditions[]; .type != "SnapshotProblem")'
kubectl patch node worker-1 --subresource=status -p '{"status":{"conditions":[{"type":"Foreign","status":"True","reason":"Kept"}]}}' >/dev/null
since=$(changed_at worker-1 NetworkProblem)

break_unit worker-1 breaks
check_within 60 "a failed unit makes ServiceProblem true" has worker-1 ServiceProblem True
check "with its cause" node_is worker-1 'c("ServiceProblem") | .reason == "UnitFailed" and (.message | contains("breaks.service"))'
check_within 10 "and an event, which is a warning" event worker-1 UnitFailed '.type == "Warning" and (.message | contains("breaks.service"))'
check "the other node has none" has cp-1 ServiceProblem False
mend_unit worker-1 breaks
check_within 60 "it is false after the repair" has worker-1 ServiceProblem False
check_within 10 "which is an event too" event worker-1 NoServiceProblem '.type == "Normal" and (.message | contains("breaks.service"))'
counted=$(kubectl get event worker-1.kgnode.unitfailed -o json | in_build_root jq .count)
break_unit worker-1 breaks
check_within 60 "the second time it is true again" has worker-1 ServiceProblem True
check_within 10 "and the event is counted" event worker-1 UnitFailed ".count == $((counted + 1))"
mend_unit worker-1 breaks
check_within 60 "and false again" has worker-1 ServiceProblem False
check "what did not change has the time of its last change" test "$(changed_at worker-1 NetworkProblem)" = "$since"
check "conditions of others are left alone" has worker-1 Foreign True

if [[ -z ${KGNODE_LONG:-} ]]; then
  skip "a full disk, an API that is away, an agent that ends" "takes minutes: ./dev test node --long"
  check_release
  finish
  exit
fi
if node_exec worker-1 mountpoint --quiet /var/lib/longhorn; then
  node_exec worker-1 sh -c 'fallocate -l $(($(stat -f -c "%a * %S" /var/lib/longhorn) * 98 / 100)) /var/lib/longhorn/filler'
  check_within 120 "a file system that fills makes StorageProblem true, with its cause" node_is worker-1 'c("StorageProblem") |
    .status == "True" and .reason == "SpaceLow" and (.message | contains("/var/lib/longhorn"))'
  node_exec worker-1 rm /var/lib/longhorn/filler
  check_within 120 "and it is over when there is room" node_is worker-1 'c("StorageProblem").status != "True"'
else
  skip "a file system that fills makes StorageProblem true" "this machine's kernel mounts no data disk"
fi

# The API goes away, and something happens meanwhile.
node_exec cp-1 systemctl mask --runtime --quiet --now k3s.service
check_within 60 "without an API the doctor says that the cluster is not told" says worker-1 fail
break_unit worker-1 meanwhile
check_within 60 "the node sees what happens all the same" node_exec worker-1 sh -c 'kgnode doctor -o json | grep -q meanwhile.service'
check "and its agent answers" quick worker-1
before=$(tells worker-1)
sleep 30
check "it does not try what the look at the cluster knows to be in vain" test "$(($(tells worker-1) - before))" -le 3
node_exec cp-1 systemctl unmask --runtime --quiet k3s.service
check_within 180 "when the API is back it has the condition" node_is worker-1 'c("ServiceProblem") | .status == "True" and (.message | contains("meanwhile.service"))'
check_within 30 "and the event of meanwhile" event worker-1 UnitFailed '(.message | contains("meanwhile.service"))'
check_within 60 "and the doctor says so" says worker-1 pass
mend_unit worker-1 meanwhile
check_within 60 "and it is over" has worker-1 ServiceProblem False
check_within 120 "all are ready again" is_ready cp-1

# An agent that is restarted is not one that is gone.
since=$(changed_at worker-1 NetworkProblem)
node_exec worker-1 systemctl restart kgnode.service
sleep 40
check "a restart of the agent changes no condition" test "$(changed_at worker-1 NetworkProblem)" = "$since"
check "nor does it make an event of what did not change" no_event worker-1 NetworkUnknown
check "nor is it taken for an end" no_event worker-1 AgentStopped
check "the conditions are told on" has worker-1 NetworkProblem False
# Otherwise the first datagram brings it back.
node_exec worker-1 systemctl stop kgnode-seat.socket kgnode-http.socket kgnode.service
check_within 90 "an agent that is stopped leaves unknown conditions" stopped worker-1
check "but not those of others" node_is worker-1 'c("Ready").status == "True" and c("Foreign").status == "True"'
node_exec worker-1 systemctl start kgnode.service
check_within 120 "which are known again when it runs" none_stopped worker-1
check "which is no event" no_event worker-1 AgentStopped
check_release
for node in $(nodes); do
  echo "figure $node told the cluster $(tells "$node") times in $SECONDS s, as $(events_of "$node") event objects"
done
finish
