#!/bin/bash
# A node leaves its cluster for a while and comes back, on the stand-in for K3s: reboots, one at a time, that move pods first; updates of K3s.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh

readonly kRecord=/var/lib/kgnode/k3s-reboot.json
readonly kProgram=/var/lib/kgnode/k3s/bin/k3s
cp1() { node_exec cp-1 "$@"; }
kubectl() { cp1 k3s kubectl "$@" 2>/dev/null; }
is_ready() { status_says "$1" '.phase == "ready"'; }
says() { [[ $({ node_exec "$1" kgnode doctor -o json || true; } | in_build_root jq -r ".checks[] | select(.id == \"$2\") | .outcome") == "$3" ]]; }
# node_is NODE FILTER: whether this jq expression is true of the Node.
node_is() { kubectl get node "$1" -o json | in_build_root jq -e "$2" >/dev/null; }
is_cordoned() { node_is "$1" '.spec.unschedulable == true'; }
is_given_back() {
  node_is "$1" '.spec.unschedulable != true and (.metadata.annotations | has("kgnode/cordoned") | not)
    and (.metadata.labels | has("kgnode/reboot") | not)' && node_exec "$1" test ! -e "$kRecord"
}
is_free() { ! cp1 k3s kubectl get lease kgnode-reboot -n kube-system >/dev/null 2>&1; }
pod_runs() { kubectl get pod "$1" >/dev/null; }
pod_is_gone() { ! pod_runs "$1"; }
# kill_at NODE STEP: as soon as a reboot is at that step.
kill_at() {
  node_exec "$1" timeout 60 sh -c 'until grep -q "\"step\":\"$1\"" "$2" 2>/dev/null; do :; done
    systemctl kill --signal=KILL kgnode-reboot.service' - "$2" "$kRecord"
}

# make_pod NAME KIND NODE [ANNOTATION]: one that this kind of controller has made there.
make_pod() {
  kubectl delete pod "$1" --ignore-not-found=true >/dev/null || true
  cp1 sh -c 'echo "$1" | k3s kubectl create -f - >/dev/null 2>&1' - "{apiVersion: v1, kind: Pod, metadata: {name: $1, annotations: {${4:-}},
    ownerReferences: [{kind: $2, controller: true}]}, spec: {nodeName: $3}, status: {phase: Running}}"
}

# refused WORDS NODE COMMAND...: it fails, and says this.
refused() {
  local words=$1 node=$2 said
  shift 2
  said=$(node_exec "$node" "$@" 2>&1) && { echo "$said"; return 1; }
  echo "$said"
  [[ $said == *"$words"* ]]
}

# hold NODE: the lock in the name of this node.
hold() {
  cp1 sh -c 'echo "$1" | k3s kubectl create -f - >/dev/null 2>&1' - "{apiVersion: coordination.k8s.io/v1, kind: Lease,
    metadata: {name: kgnode-reboot, namespace: kube-system}, spec: {holderIdentity: $1, leaseDurationSeconds: 3600,
    acquireTime: \"$(date -u +%FT%T.000000Z)\"}}"
}
# ready_says STATUS: what the load balancer hears of the worker.
ready_says() {
  [[ $(cp1 curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' "http://$(vrack_address worker-1):9180/readyz") == "$1" ]]
}
diagnosis_is() { [[ $(node_exec "$1" kgnode k3s diagnose -o json | tee /dev/stderr | in_build_root jq -r .cause) == "$2" ]]; }
let_go() { kubectl delete lease kgnode-reboot -n kube-system >/dev/null; }

if [[ -z ${KGNODE_LONG:-} ]]; then
  skip "k3s-day2" "takes minutes: ./dev test node --long"
  exit 0
fi
use_k3s_standin v1.34.3+k3s1
k3s_toml+=$'\n[health]\ndrain_notice = "10s"'
begin_cluster 2 1
for node in $(nodes); do
  check_within 300 "$node is ready" is_ready "$node"
done
check "the doctor sees a server's certificates" says cp-1 k3s.certificates pass
check "and a worker's" says worker-1 k3s.certificates pass

# A reboot that is refused.
make_pod web ReplicaSet worker-1
make_pod agent DaemonSet worker-1
make_pod guarded ReplicaSet worker-1 "k3s-standin/refuse-eviction: yes-it-does"
hold cp-2
check "while another node has the lock a worker does not reboot" refused "cp-2 is about to restart" worker-1 kgnode reboot
check "nor does a server" refused "cp-2 is about to restart" cp-1 kgnode reboot
check "no pod was touched" pod_runs web
let_go
check "a pod that may not be evicted keeps the node from a reboot, and is named" refused "default/guarded cannot be moved" worker-1 kgnode reboot --within 3s
check "the others were evicted" pod_is_gone web
check "those of a DaemonSet were not" pod_runs agent
check_within 30 "the node is as it was" is_given_back worker-1
check_within 30 "and the lock is free" is_free

# One that is cut off.
steps=(drain)
[[ -z ${KGNODE_LONG:-} ]] || steps=(lock cordon drain)
for step in "${steps[@]}"; do
  kill_at worker-1 "$step" &
  killer=$!
  node_start worker-1 "reboot-$step" kgnode reboot
  killed=
  wait "$killer" && killed=yes
  check "a reboot is killed at the step $step" test -n "$killed"
  check_within 60 "killed at $step: the node takes pods again" is_given_back worker-1
  check_within 60 "killed at $step: the lock is free" is_free
  check "killed at $step: it runs on" node_exec worker-1 true
done

# One that is done.
make_pod web ReplicaSet worker-1
make_pod guarded ReplicaSet worker-1
check_within 30 "the load balancer may send work to the worker" ready_says 200
before=$(leader worker-1)
node_start worker-1 reboot kgnode reboot
check_within 60 "it may not from before the pods move" ready_says 503
check "and they have not moved by then" pod_runs web
check_within 120 "the worker reboots" leader_changed worker-1 "$before"
check "its pods had moved" pod_is_gone web
check_within 120 "it is ready again" is_ready worker-1
check_within 60 "and takes pods again" is_given_back worker-1
check_within 30 "and work" ready_says 200
check_within 30 "and other nodes may restart" is_free
check "the operator saw that it does" node_exec worker-1 grep -q "the node reboots" /var/tmp/reboot.log

# Updates of K3s.
make_version() {
  in_build_root python3 "$checkout/tests/k3s-standin/make.py" "$state/$1/var/tmp/k3s-$2" "v$2+k3s1"
  node_exec "$1" sha256sum "/var/tmp/k3s-$2" | cut -d' ' -f1
}
# update NODE VERSION: what kgnode k3s install is given.
update() { echo kgnode k3s install "/var/tmp/k3s-$2" --sha256 "$(make_version "$1" "$2")"; }
has_version() { node_is "$1" ".status.nodeInfo.kubeletVersion == \"v$2+k3s1\""; }
hash_of() { node_exec "$1" sha256sum "$kProgram"; }

before=$(hash_of cp-1)
make_version cp-1 1.35.0 >/dev/null
check "another SHA-256 is refused" refused "it is not installed" cp-1 kgnode k3s install /var/tmp/k3s-1.35.0 --sha256 "$(printf '0%.0s' {1..64})"
read -ra words <<<"$(update cp-1 1.36.0)"
check "a minor version is not left out" refused "install a 1.35 first" cp-1 "${words[@]}"
read -ra words <<<"$(update cp-1 1.34.2)"
check "an older one is refused" refused "cannot go back" cp-1 "${words[@]}"
read -ra words <<<"$(update worker-1 1.35.0)"
check "a worker is not newer than its servers" refused "no worker may be newer" worker-1 "${words[@]}"
hold cp-2
read -ra words <<<"$(update cp-1 1.35.0)"
check "a server waits for another one that restarts" refused "cp-2 is about to restart" cp-1 "${words[@]}"
let_go
check "nothing was changed" test "$(hash_of cp-1)" = "$before"
check "and nothing was left" node_exec cp-1 sh -c "! ls $kProgram.new 2>/dev/null"
for node in cp-1 cp-2 worker-1; do
  read -ra words <<<"$(update "$node" 1.35.0)"
  check "$node is updated" node_exec "$node" "${words[@]}"
  check "$node has the new version" has_version "$node" 1.35.0
done
check "the lock is free afterwards" is_free
check "the program that was there before is kept" test "$(node_exec cp-1 "$kProgram.previous" --version 2>/dev/null | head -n 1 | cut -d' ' -f3)" = v1.34.3+k3s1

if [[ -n ${KGNODE_LONG:-} ]]; then
  # Says a version, and cannot start.
  node_exec cp-2 sh -c 'printf "#!/bin/sh\n[ \"\$1\" = --version ] && echo \"k3s version v1.35.1+k3s1 (0)\" && exit 0\nexit 1\n" >/var/tmp/k3s-broken'
  sha256=$(node_exec cp-2 sha256sum /var/tmp/k3s-broken | cut -d' ' -f1)
  check "one that does not start gives way to the one before" refused "runs again" cp-2 kgnode k3s install /var/tmp/k3s-broken --sha256 "$sha256"
  check_within 60 "the node is ready with it" is_ready cp-2
  check "and the doctor says so" says cp-2 k3s.install fail
  # The agent first, which would start K3s again.
  node_exec cp-2 systemctl stop kgnode-seat.socket kgnode-http.socket kgnode.service
  node_exec cp-2 systemctl stop k3s.service
  # Of two servers one is no quorum, so nothing can be written that others would see.
  check "a server does not reboot while another one is away" refused "whether another node is about to restart cannot be told" cp-1 kgnode reboot
  check_within 30 "and the diagnosis says what is wrong" diagnosis_is cp-1 quorum
fi
finish
