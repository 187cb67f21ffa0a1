#!/bin/bash
# The config drive of a node, as OpenStack at OVHcloud makes it. To be sourced.
# shellcheck disable=SC2154 # state is a variable of cluster.sh

# instance_id NODE: stable for the life of a cluster.
instance_id() {
  sha256sum <<<"$cluster_id $1" | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/'
}

meta_data() {
  cat <<END
{"uuid": "$(instance_id "$1")", "name": "$1", "hostname": "$1.novalocal", "availability_zone": "nova", "launch_index": 0,
 "project_id": "kgnode", "devices": [], "public_keys": {"ops": "$(cat "$state/key.pub")"},
 "keys": [{"name": "ops", "type": "ssh", "data": "$(cat "$state/key.pub")"}]}
END
}

# The public link is of a type only OVHcloud has; its addresses are single hosts whose gateway is outside of the prefix.
network_data() {
  cat <<END
{"links": [
  {"id": "tap0", "vif_id": "v0", "type": "bgpovs", "mtu": 1500, "ethernet_mac_address": "$(mac "$1" 0)"},
  {"id": "tap1", "vif_id": "v1", "type": "ovs", "mtu": $kVrackMtu, "ethernet_mac_address": "$(mac "$1" 1)"}],
 "networks": [
  {"id": "network0", "network_id": "n0", "type": "ipv4", "link": "tap0", "ip_address": "$(public_address "$1")",
   "netmask": "255.255.255.255", "routes": [{"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "203.0.113.1"}]},
  {"id": "network1", "network_id": "n1", "type": "ipv6", "link": "tap0", "ip_address": "$(public_address6 "$1")",
   "netmask": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
   "routes": [{"network": "::", "netmask": "::", "gateway": "2001:db8:113::1"}]},
  {"id": "network2", "network_id": "n2", "type": "ipv4", "link": "tap1", "ip_address": "$(vrack_address "$1")",
   "netmask": "255.255.255.0", "routes": []}],
 "services": []}
END
}

# user_data NODE: a test may have another one, and may give the documents another way than on a medium.
user_data() {
  node_toml "$1"
}

# data_disk NODE: which disk is its data disk.
data_disk() {
  echo '{ path = "/dev/sdb" }'
}

make_medium() {
  make_iso "$1"
}

# make_medium_inside NODE: with routers inside of their prefix. cloud-init sets no route by one that is outside (see the documentation).
make_medium_inside() {
  local data=$state/$1/drive/openstack/latest/network_data.json
  in_build_root jq '(.networks[] | select(.link == "tap0") | .netmask) |=
    if contains(":") then "ffff:ffff:ffff:ffff::" else "255.255.255.0" end' "$data" >"$data.new"
  mv "$data.new" "$data"
  make_iso "$1"
}

make_iso() {
  in_build_root xorriso -as mkisofs -quiet -V config-2 -J -r -o "$state/$1/drive.iso" "$state/$1/drive" 2>/dev/null
}

node_toml() {
  local role=control-plane
  [[ $1 != worker-* ]] || role=worker
  cat <<END
schema = 1

[node]
name = "$1"
role = "$role"
environment = "development"

[network]
vrack = "10.0.0.0/24"
address = "$(vrack_address "$1")"

[admin]
ssh_keys = ["$(cat "$state/key.pub")"]
from = ["203.0.113.0/28"]

[k3s]
servers = [$(servers)]
overlay = "${k3s_overlay:-vxlan}"
${k3s_toml:-}

# No time server is to be had on this machine.
[time]
require_sync = false
END
  [[ -z ${health_toml:-} ]] || printf '\n[health]\n%s\n' "$health_toml"
  [[ $role != worker ]] || printf '\n[storage]\ndisk = %s\n%s\n' "$(data_disk "$1")" "${storage_toml:-}"
}

# servers: the addresses of the control planes as a TOML list.
servers() {
  local number list=
  for ((number = 1; number <= ${control_planes:?}; number++)); do list+=", \"$(vrack_address "cp-$number")\""; done
  echo "${list#, }"
}

# make_drive NODE: state/NODE/drive holds the files, state/NODE/drive.iso the medium; KGNODE_USER_DATA replaces the user data.
make_drive() {
  local files=$state/$1/drive/openstack/latest
  mkdir -p "$files"
  meta_data "$1" >"$files/meta_data.json"
  network_data "$1" >"$files/network_data.json"
  echo '{}' >"$files/vendor_data.json"
  if [[ -n ${KGNODE_USER_DATA:-} ]]; then
    cp "$KGNODE_USER_DATA" "$files/user_data"
  else
    user_data "$1" >"$files/user_data"
  fi
  make_medium "$1"
}
