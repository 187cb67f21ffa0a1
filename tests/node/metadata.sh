#!/bin/bash
# A node without a config drive asks the metadata service, over IPv4 and IPv6 at once; later its pods cannot.
# shellcheck source=tests/rig/lib.sh
source tests/rig/lib.sh
# shellcheck source=tests/rig/provider.sh
source tests/rig/provider.sh

readonly kMetadata=169.254.169.254

# make_medium NODE: not a medium, but a service that gives the same documents. Each node gets a good answer over one family and an
# early bad one over the other. One link is of a kind that is not set up.
make_medium() {
  local data=$state/$1/drive/openstack/latest/network_data.json
  in_build_root jq '.links += [{"id": "vlan7", "type": "vlan", "vlan_id": 7, "vlan_link": "tap1",
    "vlan_mac_address": "fa:16:3e:00:07:01"}]' "$data" >"$data.new"
  mv "$data.new" "$data"
  if [[ $1 == cp-1 ]]; then
    refuse "$(link_local cp-1 0)" 500
    serve cp-1 "$(public_address cp-1)"
    add_provider cp-1 worker-1
  else
    refuse "$(public_address "$1")" 500
    serve "$1" "$(link_local "$1" 0)"
  fi
}

# Each value is from a document of the service, but for what the node says about itself.
came_from() {
  status_says "$1" ".first_boot | .source.kind == \"metadata service\" and .source.place == \"$2\" and .stage == \"network\"" &&
    status_says "$1" ".first_boot.values | length > 4 and all(.[]; .from | endswith(\" on $2\"))"
}
names_the_vlan() { status_says "$1" 'any(.first_boot.warnings[]; (.where | contains("vlan7")) and (.text | contains("left out")))'; }
shows_the_vlan() { node_exec "$1" sh -c "kgnode status | grep '^  ! .*vlan7.*left out'"; }
has_address() { node_exec "$1" ip -o address show dev "$2" | grep -F " $3/$4 "; }
only_listed_networks() { [[ $(node_exec "$1" ls /run/systemd/network) == $'10-kgnode-0-tap0.network\n10-kgnode-1-tap1.network' ]]; }
no_failed_unit() { [[ -z $(node_exec "$1" systemctl --failed --no-legend | tee /dev/stderr) ]]; }
reaches() { node_exec "$1" bash -c "exec 3<>/dev/tcp/$2/80"; }

# add_pod NODE: as the CNI of K3s would, and a provider's router that knows the way back.
add_pod() {
  local node
  node=$(netns "$1")
  ip -n "$node" link add cni0 type bridge
  ip -n "$node" address add 10.42.0.1/24 dev cni0
  ip -n "$node" link set cni0 up
  add_netns pod
  ip -n "$(netns pod)" link add eth0 type veth peer name vethpod netns "$node"
  ip -n "$node" link set vethpod master cni0 up
  ip -n "$(netns pod)" link set eth0 up
  add_address pod eth0 10.42.0.5/24
  ip -n "$(netns pod)" route add default via 10.42.0.1
  ip -n "$(netns net)" route add 10.42.0.0/24 via "$(public_address "$1")"
  node_exec "$1" sysctl -qw net.ipv4.ip_forward=1
}

start_cluster 1 1
check "cp-1: the source is named with each value" came_from cp-1 "http://$kMetadata"
check "cp-1 had its address from DHCP and asked over IPv4" asked metadata "^$(public_address cp-1) /openstack/latest/user_data 200"
check "worker-1 asked over IPv6" asked metadata "^$(link_local worker-1 0) /openstack/latest/user_data 200"
scope=$(node_exec worker-1 cat /sys/class/net/eth0/ifindex)
check "worker-1: the source is named with each value" came_from worker-1 "http://[fe80::a9fe:a9fe%$scope]"

for node in cp-1 worker-1; do
  check "$node: the VLAN that is not set up is named in the status" names_the_vlan "$node"
  check "$node: also for people" shows_the_vlan "$node"
  check "$node: the way to ask is gone, the networks of the documents are there" only_listed_networks "$node"
  check_within 20 "$node has its public address" has_address "$node" eth0 "$(public_address "$node")" 32
  check_within 20 "$node has its public IPv6 address" has_address "$node" eth0 "$(public_address6 "$node")" 128
  check_within 20 "$node has its vRack address" has_address "$node" eth1 "$(vrack_address "$node")" 24
  check "$node has no failed unit" no_failed_unit "$node"
done
check_within 20 "the vRack works" node_exec cp-1 ping -c1 -W2 "$(vrack_address worker-1)"
check "the operator logs in" ssh_to admin cp-1 true

add_pod cp-1
check_within 20 "a pod reaches a service outside" in_netns pod bash -c 'exec 3<>/dev/tcp/203.0.113.1/80'
check "a pod does not reach the metadata service" closed pod "$kMetadata" 80
check "the host itself does, as the documentation says" reaches cp-1 "$kMetadata"
finish
