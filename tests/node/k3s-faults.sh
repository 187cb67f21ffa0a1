#!/bin/bash
# Faults of joining, one after the other on a small cluster: what `kgnode k3s diagnose` calls them, how soon, and whether its remedy helps.
# Each fault is one call of `fault` in tests/node/k3s-faults/. A tenth of them without KGNODE_LONG. As arguments: names of faults, for these alone.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
source tests/bench/figure.sh

readonly kLimit=40 kHealed=120 kFolder=tests/node/k3s-faults
only=("$@")
right=0 healed=0 count=0 times=()

is_ready() { status_says "$1" '.phase == "ready"'; }
kubectl() { node_exec "$cp" k3s kubectl "$@" 2>/dev/null; }
now() { date +%s.%N; }
unit_of() { [[ $1 == worker-* ]] && echo k3s-agent || echo k3s; }
apply() { node_exec "$1" kgnode apply /etc/kgnode/node.toml >/dev/null; }
restart_k3s() { node_exec "$1" systemctl restart --no-block "$(unit_of "$1")"; }

# configure NODE [SED_EXPRESSION...]: its configuration as it is to be, with changes.
configure() {
  local node=$1 expression arguments=()
  for expression in "${@:2}"; do arguments+=(-e "$expression"); done
  sed "${arguments[@]}" -e '' "$state/$node.toml" | node_exec "$node" sh -c 'cat >/etc/kgnode/node.toml.new && mv /etc/kgnode/node.toml.new /etc/kgnode/node.toml'
}
restore() { configure "$1" && apply "$1"; }
set_token() { configure "$1" "s|^token = .*|token = \"$2\"|"; }
# file NODE PATH LINE...: written in a node.
file() { printf '%s\n' "${@:3}" | node_exec "$1" sh -c "mkdir -p \"\$(dirname '$2')\" && cat >'$2'"; }
drop_in() { file "$1" /etc/rancher/k3s/config.yaml.d/99-fault.yaml "${@:2}"; }
no_drop_in() { node_exec "$1" rm -f /etc/rancher/k3s/config.yaml.d/99-fault.yaml && restart_k3s "$1"; }
environment() { file "$1" "/etc/default/$(unit_of "$1")" "${@:2}"; }
no_environment() { node_exec "$1" rm -f "/etc/default/$(unit_of "$1")"; }
# table NODE RULE: one nftables rule in a table of its own.
table() { node_exec "$1" nft "add table inet fault; add chain inet fault input { type filter hook input priority -300; }; add rule inet fault input $2"; }
no_table() { node_exec "$1" nft delete table inet fault; }
mtu() { ip -n "$(netns net)" link set "$1.eth1" mtu "$2"; }

# down NODE: neither agent nor K3s; the socket would start the agent again.
# The agent first: it starts K3s.
down() {
  node_exec "$1" systemctl stop kgnode-seat.socket kgnode.service
  node_exec "$1" systemctl stop "$(unit_of "$1").service"
}
up() { node_exec "$1" systemctl start --no-block kgnode-seat.socket kgnode.service; }
# behind_fake MODE...: what answers on the first server's port 6443 in place of K3s.
behind_fake() {
  down "$cp"
  node_exec "$cp" sh -c 'cat >/run/fake.py' <"$kFolder/fake_server.py"
  node_start "$cp" fake python3 /run/fake.py "$@"
  wait_for 20 listens "$cp" 6443
}
no_fake() { node_exec "$cp" systemctl stop fake.service && up "$cp"; }
listens() { node_exec "$1" ss -Hltn "sport = :$2" | grep -q .; }
squat() {
  node_start "$1" squatter python3 -c "import socket, time; s = socket.create_server(('$2', $3)); time.sleep(600)"
  wait_for 20 listens "$1" "$3"
}
no_squatter() { node_exec "$1" systemctl stop squatter.service; }

etcdctl() {
  node_exec "$cp" etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/var/lib/rancher/k3s/server/tls/etcd/server-ca.crt \
    --cert=/var/lib/rancher/k3s/server/tls/etcd/client.crt --key=/var/lib/rancher/k3s/server/tls/etcd/client.key "$@" 2>/dev/null
}
member_of() { etcdctl member list | awk -F', ' -v address="https://$(vrack_address "$1"):2380" '$4 == address { print $1 }'; }
is_no_member() { [[ -z $(member_of "$1") ]]; }
# etcd refuses while a member that has just come is not yet heard by all.
remove_member() { is_no_member "$1" || { etcdctl member remove "$(member_of "$1")" >/dev/null && is_no_member "$1"; }; }

# forget NODE: as far as the cluster knows there is none of that name.
forget() {
  kubectl delete node "$1" >/dev/null || true
  kubectl -n kube-system delete secret "$1.node-password.k3s" >/dev/null || true
  [[ $1 == worker-* ]] || wait_for 40 remove_member "$1"
}
# wipe NODE: a machine that has never been in a cluster, its agent stopped.
wipe() {
  down "$1"
  node_exec "$1" umount -q /var/lib/rancher/k3s/agent 2>/dev/null || true
  # What K3s started may still write as it ends.
  wait_for 20 node_exec "$1" rm -rf /var/lib/rancher/k3s/server /var/lib/rancher/k3s/agent /etc/rancher /etc/default/k3s \
    /etc/default/k3s-agent /var/lib/kgnode/k3s-ca /run/kgnode/k3s/token
  configure "$1"
}
fresh() { forget "$1" && wipe "$1"; }

# diagnosis NODE: sets cause, said and remedy.
diagnosis() {
  local json
  json=$(node_exec "$1" kgnode k3s diagnose -o json 2>/dev/null) || true
  cause=$(sed -nE 's/.*"cause":"([^"]*)".*/\1/p' <<<"$json")
  said=$(sed -nE 's/.*"state":"([^"]*)".*/\1/p' <<<"$json")
  remedy=$(sed -nE 's/.*"remedy":"(([^"\\]|\\.)*)".*/\1/p' <<<"$json")
}

# watch_for NODE CAUSES: until it names one of them twice; what else it named first is in `before`.
watch_for() {
  local end=$((SECONDS + kLimit)) hits=0
  before=
  while ((SECONDS < end)); do
    diagnosis "$1"
    if [[ $cause =~ ^($2)$ ]]; then
      ((hits)) || took=$(calculate "$(now) - $begin" %.1f)
      hits=$((hits + 1))
      ((hits < 2)) || return 0
    else
      hits=0
      [[ $said != failed || " $before " == *" $cause "* ]] || before+="${before:+ }$cause"
    fi
  done
  return 1
}

is_wanted() {
  ((${#only[@]} == 0)) || { [[ " ${only[*]} " == *" $1 "* ]]; return; }
  [[ -n ${KGNODE_LONG:-} || $2 == often ]]
}

# fault NAME OFTEN|- NODE KIND CAUSES REMEDY INJECT HEAL: KIND is fresh (the node joins), again (it comes back) or live (it is ready);
# CAUSES and REMEDY are patterns; HEAL does what the remedy says.
fault() {
  local name=$1 node=$3 kind=$4 causes=$5 wanted=$6 inject=$7 heal=$8 result=
  is_wanted "$name" "$2" || return 0
  count=$((count + 1)) took=- before=
  case $kind in
    fresh) fresh "$node" || not_ok "$name: $node is made new" ;;
    again) down "$node" ;;
  esac
  eval "$inject"
  begin=$(now)
  [[ $kind == live ]] || up "$node"
  if watch_for "$node" "$causes"; then
    right=$((right + 1))
    times+=("$took")
    ok "$name: the cause is $cause"
  else
    not_ok "$name: the cause is $cause, which is none of $causes"
    node_exec "$node" kgnode k3s status || true
    node_exec "$node" journalctl -b --no-pager -n 15 -o cat -u "$(unit_of "$node")" || true
  fi
  [[ $remedy =~ $wanted ]] || result="does not say it"
  eval "$heal" || result="$result cannot be done"
  wait_for "$kHealed" is_ready "$node" || result="$result does not help"
  wait_for "$kHealed" is_ready "$cp" || result="$result breaks $cp"
  if [[ -z $result ]]; then
    healed=$((healed + 1))
    ok "$name: its remedy helps"
  else
    not_ok "$name: its remedy $result: $remedy"
    recover "$node"
  fi
  echo "fault $name | $cause | $took s | ${result:-yes} | ${before:--}"
}

# recover NODE: the next fault begins with a cluster that works.
recover() {
  node_exec "$cp" systemctl stop fake.service 2>/dev/null || true
  node_exec "$1" systemctl stop squatter.service 2>/dev/null || true
  no_table "$cp" 2>/dev/null || true
  mtu "$1" "$kVrackMtu"
  no_environment "$1"
  up "$cp"
  wait_for "$kHealed" is_ready "$cp" || { echo "$cp does not come back"; exit 1; }
  [[ $1 == "$cp" ]] || { fresh "$1" && up "$1"; }
  wait_for "$kHealed" is_ready "$1" || echo "$1 does not come back"
}

if [[ -z ${KGNODE_LONG:-} && $# == 0 ]]; then
  skip "k3s-faults" "takes minutes: ./dev test node --long"
  exit 0
fi
use_k3s_standin
cp="cp-1"
token=$(sed -nE 's/^token = "(.*)"/\1/p' <<<"$k3s_toml")
servers=1
[[ -z ${KGNODE_LONG:-} && ${#only[@]} == 0 ]] || servers=3
begin_cluster "$servers" 1
for node in $(nodes); do
  check_within 300 "$node is ready" is_ready "$node"
  # A node that is ready has wiped its token: here it is given again, each time.
  node_exec "$node" sed "s|^token = .*|token = \"$token\"|" /etc/kgnode/node.toml >"$state/$node.toml"
done
# It knows the first server alone, so that what becomes of that one decides.
sed -i 's/^servers = .*/servers = ["10.0.0.11"]/' "$state/worker-1.toml"
restore worker-1 || not_ok "worker-1 takes its configuration"

# shellcheck source=tests/node/k3s-faults/worker.sh
source "$kFolder/worker.sh"
if ((servers > 1)); then
  # shellcheck source=tests/node/k3s-faults/server.sh
  source "$kFolder/server.sh"
fi
((count > 0)) || not_ok "there are faults"
mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -g)
echo "figure faults: $right of $count causes right, median $(median "${times[@]}") s, max ${times[-1]} s, remedy worked $healed of $count"
finish
