#!/bin/bash
# Three control planes and a worker get into one cluster by themselves, on the stand-in for K3s, and come back to it.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

# What K3s keeps of it is below /var/lib/rancher.
has_no_token() { node_exec "$1" sh -c '! test -e /run/kgnode/k3s/token && ! grep -rlF "$1" /etc/kgnode /var/lib/kgnode /run/kgnode' - "$token"; }
sees_itself() { node_exec "$1" kgnode k3s status -o json | in_build_root jq -e '.node.answered' >/dev/null; }

use_k3s_standin v1.34.3+k3s1
token=$(cut -d'"' -f2 <<<"$k3s_toml")
begin_cluster 3 1
for node in $(nodes); do
  check_within 300 "$node is ready" is_ready "$node"
done
for node in $(nodes); do
  check_within 30 "$node keeps no token" has_no_token "$node"
  check "its own API shows the node" sees_itself "$node"
done
disks_of() { node_exec cp-1 k3s kubectl get node "$1" -o json 2>/dev/null | in_build_root jq -r '.metadata.annotations["node.longhorn.io/default-disks-config"] // "none"'; }
knows_disk() { [[ $(disks_of "$1" | in_build_root jq -r '.[0].path') == /var/lib/longhorn ]]; }
check_within 30 "Longhorn is told of the worker's data disk" knows_disk worker-1
check "and of none on a node without" test "$(disks_of cp-1)" = none
node_exec cp-1 k3s kubectl annotate --overwrite node worker-1 "node.longhorn.io/default-disks-config=[]" >/dev/null 2>&1 || not_ok "the annotation is changed"
check "all are in one cluster" test "$(node_exec cp-1 k3s kubectl get nodes 2>/dev/null | grep -cE '^(cp-[123]|worker-1) +Ready')" = 4
reboot_node cp-1
check_within 120 "the first server comes back after a reboot" is_ready cp-1
check "to the same cluster" test "$(node_exec cp-1 k3s kubectl get nodes 2>/dev/null | grep -cE '^(cp-[123]|worker-1) ')" = 4
check "the annotation that the operator changed is left alone" test "$(disks_of worker-1)" = "[]"
# meets_benchmark NODE ITEMS: at least so many items pass, none is unknown, and what fails has a reason or is a value of the container's host.
meets_benchmark() {
  { node_exec "$1" kgnode doctor --profile k3s-cis -o json || true; } | in_build_root jq -e --argjson least "$2" '
    .passed >= $least and all(.items[]; .outcome == "pass" or .outcome == "not_applicable" or
      (.outcome == "fail" and (.reason != null or (.id | startswith("sysctl.")))))' >/dev/null
}
check_within 60 "a server meets the benchmark for K3s" meets_benchmark cp-1 75
check_within 60 "and so does a worker" meets_benchmark worker-1 20
node_exec cp-1 chmod 0644 /var/lib/rancher/k3s/server/tls/server-ca.crt
check_within 60 "a file that others can read is made root's alone" \
  node_exec cp-1 sh -c '[ "$(stat -c %a /var/lib/rancher/k3s/server/tls/server-ca.crt)" = 600 ]'
told() { node_exec "$1" cat /etc/rancher/k3s/config.yaml; }
process_of() { node_exec "$1" systemctl show --property=MainPID --value k3s-agent.service; }
has_address() { [[ -n $(node_exec "$1" ip -4 -oneline address show dev eth1 to "$(vrack_address "$1")") ]]; }
restarts() { node_exec "$1" journalctl --unit kgnode.service --since -60s --grep 'k3s: restart' --quiet || true; }
goes_by_first() { told "$1" | grep -qF "https://$(vrack_address cp-1):6443"; }
cable() { ip -n "$(netns net)" link set "$1.eth1" "$2"; }
for node in cp-2 worker-1; do check_within 60 "$node would come back by the first server" goes_by_first "$node"; done
told_worker=$(told worker-1) process=$(process_of worker-1)
cable cp-2 down
cable worker-1 down
sleep 15
check "a server whose cable is out keeps its address" has_address cp-2
check "and a worker" has_address worker-1
# Its K3s may end by itself: a server without the others loses its leases.
check "its K3s can still come back by another server" goes_by_first cp-2
check "and is not restarted by the agent" test -z "$(restarts cp-2)"
check "the worker's K3s is told nothing else" diff <(told worker-1) <(echo "$told_worker")
cable cp-2 up
cable worker-1 up
node_exec worker-1 ip address del "$(vrack_address worker-1)/24" dev eth1
sleep 15
check "nor when there is no address" diff <(told worker-1) <(echo "$told_worker")
check "and it runs on" test "$(process_of worker-1)" = "$process"
node_exec worker-1 ip address add "$(vrack_address worker-1)/24" dev eth1
for node in cp-2 worker-1; do check_within 120 "$node is ready again" is_ready "$node"; done
finish
