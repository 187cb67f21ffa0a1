#!/bin/bash
# The network of a cluster: a namespace with the vRack and the public bridge, one for each machine. To be sourced.
#
#   kg-ID-net    bridges "vrack" 10.0.0.254/24 and "public" 203.0.113.1/24, 2001:db8:113::1/64: the provider's gateway
#   kg-ID-admin  203.0.113.5, 2001:db8:113::5: an operator, inside admin.from
#   kg-ID-world  198.51.100.7, 2001:db8:51::7: anyone else, behind the gateway
#   kg-ID-NODE   eth0 on the public bridge, eth1 on the vRack
# Names of links are only unique inside these namespaces, and nothing of the host's own network is touched.
# shellcheck disable=SC2154 # cluster_id is a variable of cluster.sh

readonly kVrackMtu=9000

netns() {
  echo "kg-$cluster_id-$1"
}

# in_netns NAME COMMAND...: keeps the caller's file systems.
in_netns() {
  nsenter --net="/run/netns/$(netns "$1")" "${@:2}"
}

# index NODE: 1..3 for control planes, 11..13 for workers; the host part of every address of a node.
index() {
  case $1 in
    cp-*) echo "${1#cp-}" ;;
    worker-*) echo "$((10 + ${1#worker-}))" ;;
  esac
}

vrack_address() { echo "10.0.0.$((10 + $(index "$1")))"; }
public_address() { echo "203.0.113.$((100 + $(index "$1")))"; }
public_address6() { echo "2001:db8:113::$((100 + $(index "$1")))"; }
# mac NODE LINK: LINK is 0 for eth0, 1 for eth1.
mac() { printf 'fa:16:3e:00:0%d:%02x' "$2" "$(index "$1")"; }

add_netns() {
  ip netns add "$(netns "$1")"
  ip -n "$(netns "$1")" link set lo up
}

remove_netns() {
  [[ ! -e /run/netns/$(netns "$1") ]] || ip netns del "$(netns "$1")"
}

# add_address MACHINE LINK ADDRESS: at once; IPv6 would otherwise first ask whether somebody has it.
add_address() {
  local now=()
  [[ $3 != *:* ]] || now=(nodad)
  ip -n "$(netns "$1")" address add "$3" dev "$2" "${now[@]}"
}

# add_bridge NAME MTU ADDRESS...
add_bridge() {
  local name=$1 mtu=$2 address net
  net=$(netns net)
  ip -n "$net" link add "$name" mtu "$mtu" type bridge
  ip -n "$net" link set "$name" mtu "$mtu" up
  for address in "${@:3}"; do
    add_address net "$name" "$address"
  done
}

# plug MACHINE LINK BRIDGE MTU: a cable between a machine and a bridge of the rig.
plug() {
  local machine=$1 link=$2 bridge=$3 mtu=$4 net
  net=$(netns net)
  # A namespace that was removed lives on for a moment, and the other ends of its links with it.
  ip -n "$net" link del "$machine.$link" 2>/dev/null || true
  ip -n "$net" link add "$machine.$link" mtu "$mtu" type veth peer name "$link" mtu "$mtu" netns "$(netns "$machine")"
  ip -n "$net" link set "$machine.$link" master "$bridge" up
}

# add_station NAME BRIDGE ADDRESS4 ADDRESS6 GATEWAY4 GATEWAY6: a machine that is not a node.
add_station() {
  add_netns "$1"
  plug "$1" eth0 "$2" 1500
  ip -n "$(netns "$1")" link set eth0 up
  add_address "$1" eth0 "$3"
  add_address "$1" eth0 "$4"
  ip -n "$(netns "$1")" route add default via "$5"
  ip -n "$(netns "$1")" -6 route add default via "$6"
}

add_network() {
  add_netns net
  add_bridge vrack "$kVrackMtu" 10.0.0.254/24
  add_bridge public 1500 203.0.113.1/24 2001:db8:113::1/64
  add_bridge world 1500 198.51.100.1/24 2001:db8:51::1/64
  in_netns net sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
  add_station admin public 203.0.113.5/24 2001:db8:113::5/64 203.0.113.1 2001:db8:113::1
  add_station world world 198.51.100.7/24 2001:db8:51::7/64 198.51.100.1 2001:db8:51::1
}

# add_node_network NODE: fresh links, as after a power cycle.
add_node_network() {
  remove_netns "$1"
  add_netns "$1"
  plug "$1" eth0 public 1500
  plug "$1" eth1 vrack "$kVrackMtu"
  ip -n "$(netns "$1")" link set eth0 address "$(mac "$1" 0)"
  ip -n "$(netns "$1")" link set eth1 address "$(mac "$1" 1)"
}

# remove_network: with what still runs in it; the nodes are down by now, so those are stand-ins.
remove_network() {
  local path name
  for path in /run/netns/kg-"$cluster_id"-*; do
    [[ -e $path ]] || continue
    name=$(basename "$path")
    ip netns pids "$name" | xargs -r kill 2>/dev/null || true
    ip netns del "$name"
  done
}
