#!/bin/bash
# The OpenTofu module: its references, its validations, and the user data it gives to each role, which kgnode check must take.
set -euo pipefail
readonly kModule=image/ovh kExample=image/ovh/examples/three-plus-three.tfvars kToken='token="0123456789abcdef0123456789abcdef"'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# result NAME COMMAND...: one result line, and what the command said when it failed.
result() {
  local name=$1
  shift
  if "$@" >"$work/out" 2>&1; then echo "ok ovh $name"; else
    cat "$work/out"
    echo "not ok ovh $name"
  fi
}

evaluate() { build/ovh-module "$kModule" evaluate "$kExample" "$kToken" "$@"; }

# renders NODES VALUE...: so many nodes, and each user data is a valid node.toml that says who the node is.
renders() {
  local nodes=$1 name seen=0
  shift
  evaluate "$@" >"$work/rendered.json"
  for name in $(jq -r 'keys[]' "$work/rendered.json"); do
    jq -r --arg name "$name" '.[$name]' "$work/rendered.json" >"$work/$name.toml"
    build/kgnode check "$work/$name.toml" || return 1
    grep -qx "name = \"$name\"" "$work/$name.toml" || return 1
    seen=$((seen + 1))
  done
  ((seen == nodes)) || { echo "$seen nodes instead of $nodes"; return 1; }
  # Every worker has a disk of its own, no control plane has one.
  [[ $(cat "$work"/*-w-*.toml | grep -c '^disk = ') == $(cat "$work"/*-w-*.toml | grep '^disk = ' | sort -u | wc -l) ]] || return 1
  ! grep -q '^\[storage\]' "$work"/*-cp-*.toml || return 1
  rm "$work"/*.toml
}

# refuses TEXT VALUE: that value of a variable is refused, and the message has this text.
refuses() {
  local text=$1 status=0
  evaluate "$2" >"$work/refused" || status=$?
  cat "$work/refused"
  ((status == 1)) && grep -qF "$text" "$work/refused"
}

# finds TEXT SED: the module with this change has a finding with this text.
finds() {
  rm -rf "$work/broken"
  cp -r "$kModule" "$work/broken"
  sed -i "$2" "$work"/broken/*.tf
  local status=0
  build/ovh-module "$work/broken" check >"$work/found" || status=$?
  cat "$work/found"
  ((status == 1)) && grep -qE ":[0-9]+:[0-9]+: $1" "$work/found"
}

result "references, descriptions and types" build/ovh-module "$kModule" check
result "finds a variable that is not declared" finds 'var.vlan is not declared' 's/var\.vlan_id/var.vlan/'
result "finds a variable that is not used" finds 'var.mtu is not used' '/= var\.mtu/d'
result "finds a resource that is not there" finds 'openstack_networking_subnet_v2.private is not declared' 's/subnet_v2\.vrack\.id/subnet_v2.private.id/'
result "finds a local that is not there" finds 'local.image is not declared' 's/= local\.image_id/= local.image/'
result "finds a syntax error" finds '' 's/^resource "openstack_networking_port_v2" "vrack" {/resource {/'
result "finds a variable without a description" finds 'var.mtu has no description' '/MTU of the private network/d'

result "user data of 3+3 passes kgnode check" renders 6
result "user data of 1+1 for development passes kgnode check" renders 2 control_planes=1 workers=1 'environment="development"'
result "user data of the largest cluster passes kgnode check" renders 177 control_planes=7 workers=170
result "user data on another network passes kgnode check" renders 6 'vrack="172.20.0.0/20"' volume_serial_length=20
result "quotes and percent signs in a comment of a key are harmless" renders 6 \
  'ssh_keys=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f it is \"me\" %%{ 100% <é>"]'

result "an even number of control planes is refused" refuses "an even number" control_planes=2
result "no worker is refused" refuses "from 1 to 170" workers=0
result "more workers than addresses are refused" refuses "from 1 to 170" workers=171
result "host bits in the vRack are refused" refuses "host bits are zero" 'vrack="10.0.0.1/24"'
result "a vRack that is too small is refused" refuses "from /16 to /24" 'vrack="10.0.0.0/26"'
result "a public vRack is refused" refuses "private IPv4 network" 'vrack="203.0.113.0/24"'
result "SSH for everyone is refused" refuses "must not be everyone" 'admin_networks=["0.0.0.0/0"]'
result "an address without a prefix is refused" refuses "host bits are zero" 'admin_networks=["203.0.113.7"]'
result "no operator is refused" refuses "at least one network" 'admin_networks=[]'
result "a weak key is refused" refuses "ECDSA and DSA" 'ssh_keys=["ssh-dss AAAA ops"]'
result "a short token is refused" refuses "32 to 200" 'token="secret"'
result "the token of a running cluster is refused" refuses "begin with K10" 'token="K10123456789abcdef0123456789abcdef"'
result "a VLAN out of range is refused" refuses "from 0 to 4000" vlan_id=4095
result "a cluster name in capitals is refused" refuses "lower-case letter" 'cluster="Demo"'
